import App
import ArgumentParser

struct InviteRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke an invitation: its link makes no more accounts.")
    @Argument(help: "The invitation's id, or the address that it is for.") var invitation: String
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await Services.with(settings) { services, _ in
            let found = try await services.invitations.named(invitation)
            guard !found.isEmpty else {
                throw CommandFailure("There is no invitation \(invitation.quotedForDisplay).")
            }
            for invitation in found {
                let isNew = try await services.invitations.revoke(invitation, by: .commandLine)
                print("Invitation \(invitation.id) \(isNew ? "is revoked" : "was revoked already").")
            }
        }
    }
}
