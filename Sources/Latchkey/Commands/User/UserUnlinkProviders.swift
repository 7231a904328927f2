import ArgumentParser
import Domain

struct UserUnlinkProviders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlink-providers", abstract: "Unlink all of a user's accounts at sign-in providers.",
        discussion: """
            For an account that was compromised: a new password leaves them as they are. Sessions go on until they \
            are ended. An account at a provider that has verified the user's address is linked again when it signs in. \
            A user who has no other way in needs a link: `latchkey user reset-link`.
            """)
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            let count = try await accounts.administration.unlinkProviders(of: user)
            guard count > 0 else { return print("\(user.email) has no linked accounts.") }
            print("Accounts at providers unlinked from \(user.email): \(count).")
        }
    }
}
