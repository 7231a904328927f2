import ArgumentParser
import Domain

struct UserRemovePasskeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-passkeys", abstract: "Remove all of a user's passkeys.",
        discussion: """
            For an account that was compromised: a new password leaves passkeys as they are. Sessions go on until \
            they are ended.
            """)
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            let count = try await accounts.administration.removePasskeys(of: user)
            guard count > 0 else { return print("\(user.email) has no passkeys.") }
            print("Passkeys of \(user.email) removed: \(count).")
        }
    }
}
