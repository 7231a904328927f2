import ArgumentParser
import Domain

struct UserRevokeToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke-token", abstract: "Revoke one or all of a user's API tokens.")
    @OptionGroup var target: UserTarget
    @Argument(help: "The token's id, as `user tokens` shows it.") var token: String?
    @Flag(help: "Revoke all of them.") var all = false

    func validate() throws {
        guard all != (token != nil) else { throw ValidationError("Give the id of a token, or --all.") }
    }

    func run() async throws {
        try await target.withUser { accounts, user in
            guard let token else {
                let count = try await accounts.administration.revokeAllAPITokens(of: user)
                return print("\(UserCommand.count(count, "API token")) of \(user.email) revoked.")
            }
            let found = try await accounts.administration.apiTokens(of: user).first { $0.id.rawValue == token }
            guard let found, try await accounts.administration.revoke(found) else {
                throw CommandFailure("\(user.email) has no API token \(token.quotedForDisplay).")
            }
            print("The API token \(found.name.text.quotedForDisplay) of \(user.email) is revoked.")
        }
    }
}
