import ArgumentParser
import Domain

struct UserRemoveFactor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-factor", abstract: "Remove a user's second factor, so that the password signs in.",
        discussion: """
            For an owner who has lost the authenticator app and the recovery codes. Make sure that it is the owner who \
            asks: afterwards, the password alone signs in.
            """)
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard try await accounts.administration.removeSecondFactor(of: user) else {
                return print("\(user.email) has no second factor.")
            }
            print("The second factor of \(user.email) is removed.")
        }
    }
}
