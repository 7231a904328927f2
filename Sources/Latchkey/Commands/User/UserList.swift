import ArgumentParser
import Domain

struct UserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show users in the order of their addresses.")
    @Option(help: "Only those whose address, name or id holds this text.") var search: String?
    @Flag(help: "Only admins.") var admins = false
    @OptionGroup var limit: RowLimit
    @Option(help: "Go on after this address: the last of the page before.") var after: String?
    @Flag(help: "One JSON object for each user.") var json = false
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await UserAccounts.with(settings) { accounts in
            // One extra row shows if there is another page.
            let query = UserQuery(
                search: search.map(UserQuery.Search.holding), isAdmin: admins, after: after ?? "",
                limit: limit.count + 1)
            let found = try await accounts.administration.users(matching: query)
            let page = found.prefix(limit.count)
            if json {
                for user in page { print(UserShow.json(user)) }
                return
            }
            guard let last = page.last else { return print("There is no such user.") }
            var table = TextTable(["E-MAIL", "ID", "STATE", "ROLE", "SINCE", "NAME"])
            for user in page {
                table.append([
                    user.email.text, user.id.rawValue, user.shownState, user.role,
                    String(user.createdAt.rfc3339.prefix(10)), user.username ?? "-",
                ])
            }
            for line in table.lines { print(line) }
            if found.count > limit.count { print("There are more: --after \(last.email)") }
        }
    }
}
