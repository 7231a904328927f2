import Domain
import Storage
import Synchronization

/// Whether requests can be served, tried and not assumed: the schema is read, and a row is written as it was.
///
/// An answer holds for a second, so that whoever asks more often costs nothing.
final class Readiness: Sendable {
    private struct State {
        var askedAt: ContinuousClock.Instant?
        var answer: String?
        var damage: String?
    }

    private let database: any Database
    private let state = Mutex(State())

    init(_ database: any Database) { self.database = database }

    /// From now on the answer is no, until somebody has mended the file and started again.
    func reportDamage(_ text: String) { state.withLock { $0.damage = text } }

    /// A sentence, or nil when nothing is missing.
    func whatIsMissing() async -> String? {
        let known = state.withLock { $0 }
        if let damage = known.damage { return damage }
        if let askedAt = known.askedAt, .now - askedAt < .seconds(1) { return known.answer }
        let answer = await attempt()
        state.withLock { state in
            state.askedAt = .now
            state.answer = answer
        }
        return answer
    }

    private func attempt() async -> String? {
        do {
            let version = try await database.read { try Migrations.version(on: $0) }
            guard version == Migrations.latestVersion else {
                return "The database has another schema than this program."
            }
        } catch StorageError.unusable {
            return "The database is damaged."
        } catch {
            return "The database does not answer."
        }
        // A little may still go where more does not: what happened to real writes counts as well.
        if let refused = database.lastRefusedWrite, .now - refused < .seconds(5) {
            return "The database takes no writes."
        }
        do {
            try await database.write(touching: .nobodys) { connection in
                _ = try connection.execute("UPDATE schema_migrations SET name = name WHERE version = 1")
            }
            return nil
        } catch {
            return "The database takes no writes."
        }
    }
}
