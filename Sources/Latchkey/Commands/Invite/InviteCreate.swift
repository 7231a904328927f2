import App
import ArgumentParser
import Auth
import Basics
import Domain

struct InviteCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an invitation and print its link.",
        discussion: "Its holder can make an account: send the link where only those invited read it.")
    @Option(help: "The only address that may sign up with it.") var email: String?
    @Option(help: "How many accounts may be made with it: a number, or unlimited.") var uses = "1"
    @Option(help: "How long it is good: 30m, 12h, 7d; at most 365d.") var expires = "7d"
    @OptionGroup var settings: SettingFlags

    func validate() throws {
        guard uses == "unlimited" || Int64(digits: uses).map(InvitationService.uses.contains) == true else {
            throw ValidationError("The uses are 1 to 1000000, or unlimited.")
        }
        guard email == nil || uses == "1" else {
            throw ValidationError("One address needs one use: leave --uses out with --email.")
        }
        guard Self.seconds(expires) != nil else {
            throw ValidationError("'\(expires)' is not a time such as 30m, 12h or 7d, up to 365d.")
        }
    }

    func run() async throws {
        try await Services.with(settings) { services, configuration in
            let origin = try configuration.linkOrigin()
            let (invitation, token) = try await services.invitations.create(
                for: email, uses: Int(digits: uses),
                lifetimeSeconds: Self.seconds(expires) ?? InvitationService.lifetimeSeconds, by: .commandLine)
            print("\(origin)/invitation/\(token)")
            print(Self.note(on: invitation))
            if configuration.signUp.mode == .open { print("SIGN_UP is open: an account needs no invitation.") }
        }
    }

    private static func note(on invitation: Invitation) -> String {
        let number =
            switch invitation.maximumUses {
            case nil: "any number of accounts"
            case 1?: "one account"
            case let number?: "\(number) accounts"
            }
        let address = invitation.email.map { " for \($0)" } ?? ""
        return "Makes \(number)\(address), until \(invitation.expiresAt.rfc3339)."
    }

    /// A duration in minutes, hours or days.
    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), text.utf8.count <= 8,
            let count = Int64(digits: text.dropLast()), count > 0
        else { return nil }
        let seconds = count * unit
        return seconds <= InvitationService.maximumLifetimeSeconds ? seconds : nil
    }
}
