import ArgumentParser
import Auth
import Domain
import Glibc
import Storage

/// The key pairs whose public halves are at `/.well-known/jwks.json`. Works beside the running server, which is told
/// of a change.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List, rotate or revoke the keys that sign tokens for other services.",
        discussion: """
            To rotate BETTER_AUTH_SECRET itself: put the old value into BETTER_AUTH_SECRET_PREVIOUS, set a new one, \
            restart, and take the old one out after seven days, when the last token it signed has run out.
            """,
        subcommands: [List.self, Rotate.self, Revoke.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all keys, newest first.")
        @OptionGroup var settings: SettingFlags

        func run() async throws {
            try await withKeys(settings) { keys in
                let records = try await keys.records()
                if records.isEmpty { print("There is no key yet; the first is made when it is needed.") }
                for record in records {
                    let state = record.expiresAt.map { "verifies until \($0.rfc3339)" } ?? "signs"
                    print("\(record.id)  \(record.algorithm)  made \(record.createdAt.rfc3339)  \(state)")
                }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key that signs from now on; the old one verifies until its tokens have run out.")
        @OptionGroup var settings: SettingFlags
        @Option(help: "EdDSA or RS256 (SIGNING_ALGORITHM; EdDSA).") var algorithm: String?

        func run() async throws {
            let chosen = algorithm.flatMap(KeyRing.Algorithm.init(rawValue:))
            guard algorithm == nil || chosen != nil else { throw ValidationError("The algorithm is EdDSA or RS256.") }
            try await withKeys(settings) { keys in
                print("Key \(try await keys.rotate(to: chosen, by: .commandLine)) signs from now on.")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a key at once, with every token that it signed.")
        @OptionGroup var settings: SettingFlags
        @Argument(help: "The key's id, as `latchkey keys list` shows it.") var id: String

        func run() async throws {
            try await withKeys(settings) { keys in
                guard try await keys.revoke(id, by: .commandLine) else {
                    throw CommandFailure("There is no key \(id).")
                }
                print("Key \(id) and its tokens are over.")
            }
        }
    }
}

/// Something that a command could not do, as one sentence.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Opens the database that the settings name, and gives its key ring to `work`.
private func withKeys(_ settings: SettingFlags, _ work: (KeyRing) async throws -> Void) async throws {
    try await reportingFailures {
        umask(0o077)
        let configuration = try Configuration(try settings.sources(), serves: false)
        let database = try configuration.database.openExisting()
        defer { database.close() }
        let secrets = try configuration.secrets()
        try await SecretGuard(database, secrets).verify()
        try await work(
            KeyRing(
                store: SQLSigningKeyStore(database, audit: try .forCommands(secrets)), secrets: secrets,
                algorithm: configuration.signingAlgorithm))
    }
}
