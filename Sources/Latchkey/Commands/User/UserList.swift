import ArgumentParser
import Domain

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
            // One extra row shows if there is another page.
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
                    user.email.text, user.id.rawValue, user.shownState,
                    String(user.createdAt.rfc3339.prefix(10)), user.username ?? "-",
                ])
            }
            for line in table.lines { print(line) }
            if found.count > limit { print("There are more: --after \(last.email)") }
        }
    }
}
