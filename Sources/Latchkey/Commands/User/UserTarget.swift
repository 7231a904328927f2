import ArgumentParser
import Domain

/// The user that a command is about.
struct UserTarget: ParsableArguments {
    @Argument(help: "The user's id or e-mail address.") var user: String
    @OptionGroup var settings: SettingFlags

    func withUser(_ work: (UserAccounts, User) async throws -> Void) async throws {
        try await UserAccounts.with(settings) { accounts in
            guard let found = try await accounts.administration.user(user) else {
                throw CommandFailure("There is no user \(user.quotedForDisplay).")
            }
            try await work(accounts, found)
        }
    }
}
