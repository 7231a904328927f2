import ArgumentParser
import Auth
import Domain
import JSON
import Web

struct UserShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a user and where they are signed in.")
    @Flag(help: "As a JSON object.") var json = false
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            let overview = try await accounts.administration.overview(of: user)
            if json { return print(Self.json(user, overview)) }
            let (sessions, codes) = (overview.sessions, overview.recoveryCodesLeft)
            let providers = overview.providers.joined(separator: ", ")
            let due =
                user.deletionRequestedAt.map {
                    ", for good after \($0.adding(seconds: PendingDeletion.graceSeconds).rfc3339)"
                } ?? ""
            for (name, value) in [
                ("E-mail", user.email.text), ("Name", user.username ?? "-"), ("Id", user.id.rawValue),
                ("State", user.shownState + due), ("Role", user.role),
                ("Password", overview.hasPassword ? "set" : "none"),
                ("Factor", user.hasSecondFactor ? "asked for as well" : "none"),
                ("Passkeys", overview.passkeys.isEmpty ? "none" : String(overview.passkeys.count)),
                ("Providers", providers.isEmpty ? "none" : providers),
                ("Codes", codes == 0 ? "none" : "\(codes) left"),
                ("Reset", user.resetReadyAt.map { "waits, possible from \($0.rfc3339)" } ?? "none waits"),
                ("Since", user.createdAt.rfc3339), ("Changed", user.updatedAt.rfc3339),
            ] {
                print("\(name.padded(to: 10))\(value.shown)")
            }
            guard !sessions.isEmpty else { return print("No active sessions.") }
            print("")
            var table = TextTable(["SESSION", "SINCE", "UNTIL", "FROM", "WITH"])
            for session in sessions {
                table.append([
                    session.id.rawValue, session.createdAt.rfc3339, session.expiresAt.rfc3339,
                    session.ipAddress.isEmpty ? "-" : session.ipAddress,
                    session.userAgent.isEmpty ? "-" : session.userAgent,
                ])
            }
            for line in table.lines { print(line) }
        }
    }

    /// - Parameter overview: nil if only the user is shown.
    static func json(_ user: User, _ overview: AccountOverview? = nil) -> String {
        var json = JSONWriter()
        json.object {
            $0.member("id", user.id.rawValue)
            $0.member("email", user.email.text)
            $0.member("username", user.username)
            $0.member("is_active", user.isActive)
            $0.member("is_admin", user.isAdmin)
            $0.member("deletion_requested_at", user.deletionRequestedAt?.rfc3339)
            $0.member("created_at", user.createdAt.rfc3339)
            $0.member("updated_at", user.updatedAt.rfc3339)
            guard let overview else { return }
            $0.member("has_password", overview.hasPassword)
            $0.member("has_second_factor", user.hasSecondFactor)
            $0.members(of: overview, user)
            $0.name("sessions")
            $0.array { json in
                for session in overview.sessions {
                    json.object {
                        $0.member("id", session.id.rawValue)
                        $0.member("created_at", session.createdAt.rfc3339)
                        $0.member("expires_at", session.expiresAt.rfc3339)
                        $0.member("ip", session.ipAddress)
                        $0.member("user_agent", session.userAgent)
                    }
                }
            }
        }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}

extension User {
    var shownState: String {
        isActive ? "active" : deletionRequestedAt == nil ? "deactivated" : "deletion pending"
    }

    var role: String { isAdmin ? "admin" : "user" }
}
