import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct MigrationsTests {
    @Test func `versions grow and names tell them apart`() {
        #expect(zip(Migrations.all, Migrations.all.dropFirst()).allSatisfy { $0.version < $1.version })
        #expect(Set(Migrations.all.map(\.name)).count == Migrations.all.count)
    }

    @Test func `run once, and not again`() async throws {
        try await withTemporaryDirectory { directory in
            for _ in 0..<2 {
                let database = try SQLiteDatabase(path: directory + "/a.db")
                let versions = try await database.read {
                    try $0.rows("SELECT version FROM schema_migrations ORDER BY version") { $0.integer(0) }
                }
                #expect(versions == Migrations.all.map(\.version))
                database.close()
            }
        }
    }

    @Test func `a step that fails leaves the schema as it was`() async throws {
        try await withTemporaryDirectory { directory in
            let connection = try SQLiteConnection(path: directory + "/a.db", mode: .readWrite, busyTimeout: 100)
            try Migrations.run(on: connection, dialect: .sqlite)
            let bad = Migration(version: Migrations.latestVersion + 1, name: "bad") { _ in
                ["CREATE TABLE half (a BIGINT)", "CREATE TABLE half (a BIGINT)"]
            }
            #expect(throws: StorageError.self) {
                try Migrations.run(on: connection, dialect: .sqlite, upTo: Migrations.all + [bad])
            }
            #expect(try Migrations.version(on: connection) == Migrations.latestVersion)
            #expect(try !connection.rows(Dialect.sqlite.tableNames) { $0.text(0) }.contains("half"))
        }
    }

    @Test func `a newer database is refused and left alone`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.db"
            let database = try SQLiteDatabase(path: path)
            try await database.write {
                _ = try $0.execute("INSERT INTO schema_migrations VALUES (\(999), \("future"), \(0))")
            }
            database.close()
            let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: path) }
            #expect(error?.description.contains("newer Latchkey (schema 999") == true)
        }
    }

    @Test func `somebody else's database is refused and left alone`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.db"
            let other = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 100)
            try other.execute("CREATE TABLE songs (title TEXT)")
            other.close()
            let before = FileManager.default.contents(atPath: path)
            defer { #expect(FileManager.default.contents(atPath: path) == before) }
            let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: path) }
            #expect(error?.description.contains("songs") == true)
        }
    }

    @Test func `a file that is no database is refused and not a byte of it changed`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.db"
            let content = Data(String(repeating: "These are my holiday notes. ", count: 100).utf8)
            try content.write(to: URL(fileURLWithPath: path))
            #expect(throws: StorageError.self) { try SQLiteDatabase(path: path) }
            #expect(FileManager.default.contents(atPath: path) == content)
        }
    }
}
