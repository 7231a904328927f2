import ArgumentParser

struct UserSetPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-password", abstract: "Set a user's password and end all sessions.")
    @OptionGroup var password: PasswordSource
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            let chosen = try password.read()
            guard let ended = try await accounts.administration.setPassword(of: user, to: chosen) else {
                throw CommandFailure("The user is gone.")
            }
            print("\(user.email) has a new password; \(UserCommand.count(ended, "session")) ended.")
            password.show(chosen)
        }
    }
}
