import ArgumentParser
import Auth
import Domain
import JSON

struct UserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show users in the order of their addresses.")
    @Option(help: "Only those whose address, name or id holds this text.") var search: String?
    @Option(help: "How many at most, 1–10000.") var limit = 50
    @Option(help: "Go on after this address: the last of the page before.") var after: String?
    @Flag(help: "One JSON object for each user.") var json = false
    @OptionGroup var settings: SettingFlags

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("The limit is 1 to 10000.") }
    }

    func run() async throws {
        try await UserAccounts.with(settings) { accounts in
            // One more tells whether there is another page.
            let query = UserQuery(search: search, after: after ?? "", limit: limit + 1)
            let found = try await accounts.administration.users(matching: query)
            let page = found.prefix(limit)
            if json {
                for user in page { print(UserShow.json(user)) }
                return
            }
            guard let last = page.last else { return print("There is no such user.") }
            var table = TextTable(["E-MAIL", "ID", "STATE", "SINCE", "NAME"])
            for user in page {
                table.append([
                    user.email.text, user.id.rawValue, user.isActive ? "active" : "deactivated",
                    String(user.createdAt.rfc3339.prefix(10)), user.username ?? "-",
                ])
            }
            for line in table.lines { print(line) }
            if found.count > limit { print("There are more: --after \(last.email)") }
        }
    }
}

struct UserShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a user and where they are signed in.")
    @Flag(help: "As a JSON object.") var json = false
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            let sessions = try await accounts.administration.sessions(of: user)
            let hasPassword = try await accounts.administration.hasPassword(user)
            if json { return print(Self.json(user, hasPassword: hasPassword, sessions: sessions)) }
            for (name, value) in [
                ("E-mail", user.email.text), ("Name", user.username ?? "-"), ("Id", user.id.rawValue),
                ("State", user.isActive ? "active" : "deactivated"),
                ("Password", hasPassword ? "set" : "none, signs in elsewhere"),
                ("Since", user.createdAt.rfc3339), ("Changed", user.updatedAt.rfc3339),
            ] {
                print("\(name.padded(to: 10))\(value.shown)")
            }
            guard !sessions.isEmpty else { return print("Signed in nowhere.") }
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

    /// - Parameter sessions: nil where they are not shown.
    static func json(_ user: User, hasPassword: Bool? = nil, sessions: [Session]? = nil) -> String {
        var json = JSONWriter()
        json.object {
            $0.member("id", user.id.rawValue)
            $0.member("email", user.email.text)
            $0.member("username", user.username)
            $0.member("is_active", user.isActive)
            $0.member("created_at", user.createdAt.rfc3339)
            $0.member("updated_at", user.updatedAt.rfc3339)
            if let hasPassword { $0.member("has_password", hasPassword) }
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
