import App
import ArgumentParser
import Basics
import Domain
import JSON
import Web

struct InviteList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show invitations, newest first.",
        discussion: "Links are not shown: only a digest of each is stored.")
    @OptionGroup var limit: RowLimit
    @Flag(help: "One JSON object for each invitation.") var json = false
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await Services.with(settings) { services, _ in
            // One extra row shows if there are more.
            let found = try await services.invitations.list(limit: limit.count + 1)
            let (page, time) = (found.prefix(limit.count), services.clocks.now())
            if json {
                for invitation in page { print(Self.json(invitation, at: time)) }
                return
            }
            guard !page.isEmpty else { return print("There are no invitations.") }
            var table = TextTable(["ID", "STATE", "USES", "UNTIL", "E-MAIL", "MADE BY"])
            for invitation in page {
                table.append([
                    invitation.id.rawValue, invitation.state(at: time).rawValue,
                    "\(invitation.uses) of \(invitation.maximumUses.map(String.init) ?? "any")",
                    invitation.expiresAt.rfc3339, invitation.email?.text ?? "-", invitation.createdBy,
                ])
            }
            for line in table.lines { print(line) }
            if found.count > limit.count { print("There are more: --limit \(limit.count * 2)") }
        }
    }

    private static func json(_ invitation: Invitation, at time: Timestamp) -> String {
        var json = JSONWriter()
        json.object { $0.members(of: invitation, at: time) }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}
