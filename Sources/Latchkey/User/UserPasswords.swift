import ArgumentParser
import Auth
import Domain

struct UserCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make an account.")
    @Argument(help: "The e-mail address.") var email: String
    @Option(help: "What the person likes to be called.") var name: String?
    @OptionGroup var password: PasswordSource
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await UserAccounts.with(settings) { accounts in
            // Before anybody types a password for nothing.
            if try await accounts.administration.user(email) != nil { throw AppError.emailTaken }
            let chosen = try password.read()
            let user = try await accounts.administration.create(email: email, username: name, password: chosen)
            print("\(user.email) has an account: \(user.id)")
            password.show(chosen)
        }
    }
}

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

struct UserResetLink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-link", abstract: "Make a link with which a user sets a new password, once, within a day.",
        discussion: "Whoever has the link has the account: send it where only the user reads it.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard user.isActive else { throw CommandFailure("\(user.email) is deactivated; activate the user first.") }
            let configuration = accounts.configuration
            guard configuration.ownURL != nil || configuration.port != 0 else {
                throw CommandFailure("Set LATCHKEY_URL or PORT as the server has it: the link begins with its address.")
            }
            let (token, expiry) = try await accounts.administration.makeResetToken(for: user)
            let origin = configuration.ownURL?.text ?? "http://localhost:\(configuration.port)"
            print("\(origin)/reset/\(token)")
            print("Sets a new password for \(user.email), once, until \(expiry.rfc3339).")
        }
    }
}

/// Where a new password comes from: never from an argument, which others on the machine could read.
struct PasswordSource: ParsableArguments {
    @Flag(help: "Read the password from standard input, one line.") var stdin = false
    @Flag(help: "Make a password up and print it.") var generate = false

    func validate() throws {
        guard !(stdin && generate) else { throw ValidationError("Give --stdin or --generate, not both.") }
    }

    func read() throws -> String {
        if generate { return try AccountAdministration.generatePassword() }
        if stdin {
            guard let line = Terminal.line() else { throw CommandFailure("There is no password on standard input.") }
            return line
        }
        guard let first = try Terminal.askSecretly("New password: ") else {
            throw CommandFailure("There is nobody to ask. Give the password with --stdin, or use --generate.")
        }
        guard let second = try Terminal.askSecretly("Once more: "), first.utf8.elementsEqual(second.utf8) else {
            throw CommandFailure("The two passwords differ; nothing was changed.")
        }
        return first
    }

    /// Prints a password that was made up; nobody else knows it.
    func show(_ password: String) { if generate { print("Password: \(password)") } }
}
