import FoundationEssentials
import Glibc
import Storage

/// The database that tests run on: an SQLite file of the test's own or, where `LATCHKEY_TEST_POSTGRES` holds a
/// connection string, a schema or a database of its own on that PostgreSQL server.
package enum TestDatabase {
    package static let postgresURL = ProcessInfo.processInfo.environment["LATCHKEY_TEST_POSTGRES"]
    package static var isPostgres: Bool { postgresURL != nil }

    /// Gives a place for a new, empty database to `work`, and clears it away afterwards.
    package static func withURL<Value>(_ work: (DatabaseURL) async throws -> Value) async throws -> Value {
        guard let postgresURL else {
            return try await withTemporaryDirectory { try await work(.sqlite(path: $0 + "/test.db")) }
        }
        let name = newName("test")
        try execute("CREATE SCHEMA \(name)")
        return try await finally(try execute("DROP SCHEMA \(name) CASCADE")) {
            try await work(try DatabaseURL(postgresURL + "?options=-csearch_path%3D\(name)"))
        }
    }

    /// Gives a new database without users to `work`: a copy of a migrated one, as the migrations would take most of the
    /// time of many tests.
    package static func with<Value>(_ work: (any Database) async throws -> Value) async throws -> Value {
        func open(_ url: DatabaseURL) async throws -> Value {
            let database = try url.openForTest()
            defer { database.close() }
            return try await work(database)
        }
        guard isPostgres else {
            return try await withTemporaryDirectory { directory in
                let path = directory + "/test.db"
                try sqliteTemplate.get().write(to: URL(filePath: path))
                return try await open(.sqlite(path: path))
            }
        }
        let name = newName("test")
        try execute("CREATE DATABASE \(name) TEMPLATE \(postgresTemplate.get())")
        return try await finally(try execute("DROP DATABASE \(name) WITH (FORCE)")) {
            try await open(postgresDatabase(name))
        }
    }

    private static let sqliteTemplate = Result {
        let file = SQLiteFile(path: FileManager.default.temporaryDirectory.path + "/" + newName("latchkey-test"))
        defer { file.remove() }
        try DatabaseURL.sqlite(path: file.path).openForTest().close()
        return try Data(contentsOf: URL(filePath: file.path))
    }

    private static let postgresTemplate = Result {
        let name = newName("template")
        try execute("CREATE DATABASE \(name)")
        atexit { TestDatabase.dropTemplate() }
        try postgresDatabase(name).openForTest().close()
        return name
    }

    private static func dropTemplate() {
        guard let name = try? postgresTemplate.get() else { return }
        try? execute("DROP DATABASE \(name) WITH (FORCE)")
    }

    private static func newName(_ prefix: String) -> String {
        prefix + "_" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    private static func postgresDatabase(_ name: String) throws -> DatabaseURL {
        guard let postgresURL, var url = URLComponents(string: postgresURL) else { throw NotPostgres() }
        url.path = "/" + name
        return try DatabaseURL(url.string ?? "")
    }

    private static func execute(_ statement: String) throws {
        guard let postgresURL, case .postgres(let server) = try DatabaseURL(postgresURL) else { throw NotPostgres() }
        try server.execute(statement)
    }

    private static func finally<Value>(
        _ clear: @autoclosure () throws -> Void, _ work: () async throws -> Value
    ) async throws -> Value {
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        try clear()
        return try outcome.get()
    }

    private struct NotPostgres: Error {}
}

extension DatabaseURL {
    /// Few connections, as many tests run at the same time, and a time limit that a busy machine keeps.
    package func openForTest() throws -> any Database { try open(for: .serving(connections: 2, limit: .seconds(30))) }
}
