import ArgumentParser
import Domain
import JSON

struct UserTokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Show a user's API tokens, newest first.",
        discussion: "The tokens themselves are not shown: only a digest of each is stored.")
    @Flag(help: "One JSON object for each token.") var json = false
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            let tokens = try await accounts.administration.apiTokens(of: user)
            if json {
                for token in tokens { print(Self.json(token)) }
                return
            }
            guard !tokens.isEmpty else { return print("\(user.email) has no API tokens.") }
            var table = TextTable(["TOKEN", "SCOPES", "SINCE", "UNTIL", "LAST USED", "FROM", "NAME"])
            for token in tokens {
                table.append([
                    token.id.rawValue, token.scopes.text, token.createdAt.rfc3339, token.expiresAt?.rfc3339 ?? "-",
                    token.lastUsedAt?.rfc3339 ?? "-", token.lastUsedAddress.isEmpty ? "-" : token.lastUsedAddress,
                    token.name.text,
                ])
            }
            for line in table.lines { print(line) }
        }
    }

    private static func json(_ token: APIToken) -> String {
        var json = JSONWriter()
        json.object {
            $0.member("id", token.id.rawValue)
            $0.member("name", token.name.text)
            $0.member("scopes", token.scopes.text)
            $0.member("created_at", token.createdAt.rfc3339)
            $0.member("expires_at", token.expiresAt?.rfc3339)
            $0.member("last_used_at", token.lastUsedAt?.rfc3339)
            $0.member("last_used_address", token.lastUsedAddress.isEmpty ? nil : token.lastUsedAddress)
        }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}
