import ArgumentParser
import Domain
import JSON

struct UserShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a user and where they are signed in.")
    @Flag(help: "As a JSON object.") var json = false
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            let sessions = try await accounts.administration.sessions(of: user)
            let codes = try await accounts.administration.recoveryCodesLeft(of: user)
            let hasPassword = try await accounts.administration.hasPassword(user)
            if json { return print(Self.json(user, hasPassword: hasPassword, codes: codes, sessions: sessions)) }
            let due =
                user.deletionRequestedAt.map {
                    ", for good after \($0.adding(seconds: PendingDeletion.graceSeconds).rfc3339)"
                } ?? ""
            for (name, value) in [
                ("E-mail", user.email.text), ("Name", user.username ?? "-"), ("Id", user.id.rawValue),
                ("State", user.shownState + due), ("Role", user.role),
                ("Password", hasPassword ? "set" : "none, signs in elsewhere"),
                ("Factor", user.hasSecondFactor ? "asked for as well" : "none"),
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

    /// - Parameter sessions: nil if they are not shown.
    static func json(
        _ user: User, hasPassword: Bool? = nil, codes: Int? = nil, sessions: [Session]? = nil
    ) -> String {
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
            if let hasPassword {
                $0.member("has_password", hasPassword)
                $0.member("has_second_factor", user.hasSecondFactor)
            }
            if let codes {
                $0.member("recovery_codes", Int64(codes))
                $0.member("password_reset_ready_at", user.resetReadyAt?.rfc3339)
            }
            guard let sessions else { return }
            $0.name("sessions")
            $0.array { json in
                for session in sessions {
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
