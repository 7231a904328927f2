import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct ForeignDatabaseTests {
    private func withFile(_ statements: [SQL], _ work: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a %41 #?.db"
            let connection = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 0)
            try connection.useWriteAheadLog()
            for statement in statements { try connection.execute(statement) }
            connection.close()
            try await work(path)
        }
    }

    @Test func `gives every value as text, whatever the columns are called`() async throws {
        let statements: [SQL] = [
            #"CREATE TABLE "o""dd" (a INTEGER, "b c" TEXT, "d""e" REAL, "select" CHAR(32))"#, "CREATE TABLE other (a)",
            #"INSERT INTO "o""dd" VALUES (1, 'é', 1.5, NULL), (NULL, '', 9223372036854775807, x'6162')"#,
        ]
        try await withFile(statements) { path in
            let tables = try ForeignDatabase(path: path).tables { $0.hasPrefix("o\"") }
            let table = try #require(tables.first)

            #expect(tables.count == 1)
            #expect(table.name == "o\"dd")
            #expect(table.columns.map(\.name) == ["a", "b c", "d\"e", "select"])
            #expect(table.columns.map(\.type) == ["INTEGER", "TEXT", "REAL", "CHAR(32)"])
            #expect(table.rows == [["1", "é", "1.5", nil], [nil, "", "9.22337203685478e+18", "ab"]])
        }
    }

    @Test func `leaves no files beside the database, and cannot write`() async throws {
        try await withFile(["CREATE TABLE t (a)"]) { path in
            let directory = String(path.prefix(upTo: try #require(path.lastIndex(of: "/"))))
            let before = FileManager.default.contents(atPath: path)
            let connection = try ForeignDatabase(path: path).connect()
            #expect(throws: StorageError.self) { try connection.execute("INSERT INTO t VALUES (1)") }
            connection.close()

            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 1)
            #expect(FileManager.default.contents(atPath: path) == before)
        }
    }

    @Test func `reads what another program has only in its write-ahead log`() async throws {
        try await withFile(["CREATE TABLE t (a)"]) { path in
            let writer = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 0)
            try writer.execute("INSERT INTO t VALUES (7)")
            let tables = try ForeignDatabase(path: path).tables { $0 == "t" }
            #expect(tables.map(\.rows) == [[["7"]]])
            writer.close()
        }
    }

    @Test func `opening a missing database does not create one`() async throws {
        try await withTemporaryDirectory { directory in
            let found = try DatabaseURL.sqlite(path: directory + "/none.db").peek { _ in true }
            #expect(found == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        }
        try await withFile(["CREATE TABLE t (a)"]) { path in
            #expect(throws: StorageError.self) { try DatabaseURL.sqlite(path: path).peek { _ in true } }
        }
    }
}
