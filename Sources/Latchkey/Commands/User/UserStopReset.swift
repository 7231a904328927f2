import ArgumentParser
import Domain

struct UserStopReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop-reset", abstract: "Stop a new password that was asked for with recovery codes, and waits.",
        discussion: """
            The two codes stay used. If someone else has them, the owner should make new ones on the account page.
            """)
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard try await accounts.administration.stopReset(of: user) else {
                return print("No new password of \(user.email) waits.")
            }
            print("The new password of \(user.email) is stopped.")
        }
    }
}
