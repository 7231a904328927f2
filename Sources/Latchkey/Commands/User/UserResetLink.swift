import ArgumentParser

struct UserResetLink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-link", abstract: "Make a link with which a user sets a new password, once, within a day.",
        discussion: "The link gives access to the account: send it where only the user reads it.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard user.isActive else { throw CommandFailure("\(user.email) is deactivated; activate the user first.") }
            let origin = try accounts.configuration.linkOrigin()
            let (token, expiry) = try await accounts.administration.makeResetToken(for: user)
            print("\(origin)/reset/\(token)")
            print("Sets a new password for \(user.email), once, until \(expiry.rfc3339).")
        }
    }
}
