import App
import ArgumentParser
import Auth

/// The key pairs whose public halves are at `/.well-known/jwks.json`. Works while the server runs, and
/// notifies it of changes.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List, rotate or revoke the keys that sign tokens for other services.",
        discussion: """
            To rotate BETTER_AUTH_SECRET itself: put the old value into BETTER_AUTH_SECRET_PREVIOUS, set a new one, \
            restart, and rotate the keys. Remove the old one when the sessions that began under it have ended \
            (SESSION_MAX_DAYS); audit verify needs it for rows that were sealed under it.
            """,
        subcommands: [List.self, Rotate.self, Revoke.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all keys, newest first.")
        @OptionGroup var settings: SettingFlags

        func run() async throws {
            try await withKeys(settings) { keys in
                let records = try await keys.records()
                if records.isEmpty { print("There is no key yet; the first is made when it is needed.") }
                for (record, state) in records {
                    let text =
                        switch state {
                        case .signs: "signs"
                        case .isPublished(let signsFrom): "signs from \(signsFrom.rfc3339)"
                        case .verifies(let until): "verifies until \(until.rfc3339)"
                        }
                    print("\(record.id)  \(record.algorithm)  made \(record.createdAt.rfc3339)  \(text)")
                }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish a new key, which signs 15 minutes later; the old one verifies until its tokens expire.",
            discussion: """
                Services that verify our tokens keep the key set for some minutes, so the new key is published before \
                it signs. With --now it signs at once; until they fetch the set again, they may refuse its tokens. To \
                end a key that others know, rotate with --now, then revoke it.
                """)
        @OptionGroup var settings: SettingFlags
        @Flag(help: "Sign with the new key at once.") var now = false
        @Option(help: "EdDSA or RS256 (SIGNING_ALGORITHM; EdDSA).") var algorithm: String?

        func run() async throws {
            let chosen = algorithm.flatMap(KeyRing.Algorithm.init(rawValue:))
            guard algorithm == nil || chosen != nil else { throw ValidationError("The algorithm is EdDSA or RS256.") }
            try await withKeys(settings) { keys in
                let key = try await keys.rotate(to: chosen, isUrgent: now, by: .commandLine)
                if key.signsFrom > key.createdAt {
                    print("Key \(key.id) is published now and signs from \(key.signsFrom.rfc3339) on.")
                } else {
                    print("Key \(key.id) signs from now on.")
                }
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
                print("Key \(id) revoked, and its tokens with it.")
            }
        }
    }
}

private func withKeys(_ settings: SettingFlags, _ work: (KeyRing) async throws -> Void) async throws {
    try await Services.with(settings) { services, _ in try await work(services.keys) }
}
