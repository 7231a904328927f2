import FoundationEssentials
import Storage

/// The database that tests run on: an SQLite file of the test's own or, where `LATCHKEY_TEST_POSTGRES` holds a
/// connection string, a schema of its own in that PostgreSQL database.
package enum TestDatabase {
    package static let postgresURL = ProcessInfo.processInfo.environment["LATCHKEY_TEST_POSTGRES"]
    package static var isPostgres: Bool { postgresURL != nil }

    /// Gives a place for a new, empty database to `work`, and clears it away afterwards.
    package static func withURL<Value>(_ work: (DatabaseURL) async throws -> Value) async throws -> Value {
        guard let postgresURL else {
            return try await withTemporaryDirectory { try await work(.sqlite(path: $0 + "/test.db")) }
        }
        let name = "test_" + String(UInt64.random(in: .min ... .max), radix: 36)
        guard case .postgres(let server) = try DatabaseURL(postgresURL) else { throw NotPostgres() }
        try server.execute("CREATE SCHEMA \(name)")
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await work(try DatabaseURL(postgresURL + "?options=-csearch_path%3D\(name)")))
        } catch {
            outcome = .failure(error)
        }
        try server.execute("DROP SCHEMA \(name) CASCADE")
        return try outcome.get()
    }

    /// Gives a new, empty database to `work`.
    package static func with<Value>(_ work: (any Database) async throws -> Value) async throws -> Value {
        try await withURL { url in
            let database = try url.openForTest()
            defer { database.close() }
            return try await work(database)
        }
    }

    private struct NotPostgres: Error {}
}

extension DatabaseURL {
    /// Few connections, as many tests run at the same time, and a time limit that a busy machine keeps.
    package func openForTest() throws -> any Database { try open(for: .serving(connections: 2, limit: .seconds(30))) }
}
