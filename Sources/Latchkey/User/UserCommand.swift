import ArgumentParser
import Auth
import Domain
import Glibc
import Storage

/// Accounts, from the command line. Works beside the running server, which is told of each change.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "List, make, deactivate or delete accounts, and set their passwords.",
        discussion: """
            Users are named by their id or e-mail address. Needs the settings of the server, BETTER_AUTH_SECRET \
            included, as everything is recorded in the audit trail with the name of who did it.
            """,
        subcommands: [
            UserList.self, UserShow.self, UserCreate.self, UserDeactivate.self, UserActivate.self,
            UserSetPassword.self, UserResetLink.self, UserDelete.self,
        ])
}

struct UserDeactivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deactivate", abstract: "Keep a user out: all sessions end, nothing is deleted.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard let ended = try await accounts.administration.setActive(user, false) else {
                return print("\(user.email) is deactivated already.")
            }
            print("\(user.email) is deactivated; \(UserCommand.count(ended, "session")) ended.")
        }
    }
}

struct UserActivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Let a deactivated user in again.")
    @OptionGroup var target: UserTarget

    func run() async throws {
        try await target.withUser { accounts, user in
            guard try await accounts.administration.setActive(user, true) != nil else {
                return print("\(user.email) is active already.")
            }
            print("\(user.email) is active again.")
        }
    }
}

struct UserDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a user with all tasks, for good.")
    @OptionGroup var target: UserTarget
    @Flag(help: "Don't ask.") var yes = false

    func run() async throws {
        try await target.withUser { accounts, user in
            if !yes {
                guard let answer = try Terminal.ask("Delete \(user.email) with all tasks, for good? [y/N] ") else {
                    throw CommandFailure("There is nobody to ask. Give --yes if you are certain.")
                }
                guard ["y", "yes"].contains(answer.lowercased()) else { throw CommandFailure("Nothing was deleted.") }
            }
            guard try await accounts.administration.delete(user) else {
                throw CommandFailure("The user is gone already.")
            }
            print("\(user.email) is deleted.")
        }
    }
}

extension UserCommand {
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// Whom a command is about.
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

/// The accounts in the database that the settings name.
struct UserAccounts {
    let administration: AccountAdministration
    let configuration: Configuration

    static func with(_ settings: SettingFlags, _ work: (UserAccounts) async throws -> Void) async throws {
        try await reportingFailures {
            umask(0o077)
            let sources = try settings.sources()
            let configuration = try Configuration(sources, serves: false)
            let secrets = try Configuration.DataPlace(sources).secrets()
            let database = try configuration.database.openExisting()
            defer { database.close() }
            try await SecretGuard(database, secrets).verify()
            let hasher = try PasswordHasher(cost: configuration.bcryptCost, threads: 1)
            defer { hasher.shutDown() }
            let administration = AccountAdministration(
                store: SQLAccountStore(database, audit: try .forCommands(secrets)), hasher: hasher,
                passwordRule: PasswordRule(isStrict: configuration.isProduction), ids: UUIDv7Generator(),
                source: .commandLine)
            try await explaining {
                try await work(UserAccounts(administration: administration, configuration: configuration))
            }
        }
    }
}
