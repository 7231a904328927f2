import ArgumentParser
import Domain

struct UserCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make an account.")
    @Argument(help: "The e-mail address.") var email: String
    @Option(help: "What the person likes to be called.") var name: String?
    @Flag(help: "Make the account an admin's.") var admin = false
    @OptionGroup var password: PasswordSource
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await UserAccounts.with(settings) { accounts in
            // Checked before the operator types a password in vain.
            if try await accounts.administration.user(email) != nil { throw AppError.emailTaken }
            let chosen = try password.read()
            let user = try await accounts.administration.create(
                email: email, username: name, password: chosen, isAdmin: admin)
            print("\(user.email) has an account\(admin ? ", and is an admin" : ""): \(user.id)")
            password.show(chosen)
        }
    }
}
