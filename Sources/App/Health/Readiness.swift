import Domain
import Logging
import Storage
import Synchronization

/// Tests if requests can be served: the schema is read, and a row is rewritten unchanged.
///
/// A result is reused for a second, so that more frequent checks cost nothing.
package final class Readiness: Sendable {
    private struct State {
        var askedAt: ContinuousClock.Instant?
        var answer: String?
        var damage: String?
    }

    private let database: any Database
    private let secretGuard: SecretGuard
    private let logger: Logger
    private let state = Mutex(State())

    package init(_ database: any Database, _ secretGuard: SecretGuard, logger: Logger) {
        self.database = database
        self.secretGuard = secretGuard
        self.logger = logger
    }

    /// Makes the server unready until the file is repaired and the server restarted.
    package func reportDamage(_ text: String) { state.withLock { $0.damage = text } }

    /// A sentence, or nil if the server is ready.
    package func readinessProblem() async -> String? {
        let known = state.withLock { $0 }
        if let damage = known.damage { return damage }
        if let askedAt = known.askedAt, .now - askedAt < .seconds(1) { return known.answer }
        let answer = await attempt()
        let before = state.withLock { state in
            defer {
                state.askedAt = .now
                state.answer = answer?.sentence
            }
            return state.answer
        }
        if let answer, answer.sentence != before {
            logger.error("not ready", metadata: ["cause": "\(answer.sentence)\(answer.details.map { " " + $0 } ?? "")"])
        } else if answer == nil, before != nil {
            logger.notice("ready again")
        }
        return answer?.sentence
    }

    private struct Problem {
        let sentence: String
        /// Details for the log.
        var details: String?
    }

    private func attempt() async -> Problem? {
        do {
            let version = try await database.read { try Migrations.version(on: $0) }
            // A newer one leaves this program what it needs, while a newer server takes over (decision 100).
            guard version >= Migrations.latestVersion else {
                return Problem(sentence: "The database has an older schema than this program.")
            }
            // A small write may succeed although larger ones fail, so real writes' failures count as well.
            if let refused = database.lastRefusedWrite, .now - refused.at < .seconds(5) {
                return Problem(sentence: refused.trouble.sentence)
            }
            if try await secretGuard.isOverruled() {
                return Problem(sentence: "Another process uses this database with another secret.")
            }
            try await database.write { connection in
                _ = try connection.execute("UPDATE schema_migrations SET name = name WHERE version = 1")
            }
            return nil
        } catch StorageError.unusable(let text) {
            return Problem(sentence: StorageTrouble.damaged.sentence, details: text)
        } catch StorageError.unavailable(let text, let trouble) {
            return Problem(sentence: trouble.sentence, details: text)
        } catch {
            return Problem(sentence: "The database takes no writes.", details: "\(error)")
        }
    }
}
