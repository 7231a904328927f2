import FoundationEssentials
import Storage
import TestSupport
import Testing

@Suite struct SQLiteDatabaseTests {
    private func withDatabase(_ work: (SQLiteDatabase, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/test.db"
            let database = try SQLiteDatabase(path: path)
            defer { database.close() }
            try await work(database, path)
        }
    }

    private struct Unwanted: Error {}

    @Test func `a write is seen by the next read`() async throws {
        try await withDatabase { database, _ in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT, b TEXT, c BOOLEAN, d TEXT)") }
            try await database.write {
                _ = try $0.execute("INSERT INTO t VALUES (\(Int64.min), \("é\u{301}🦊'\""), \(true), \(nil as String?))")
            }
            let row = try await database.read {
                try $0.row("SELECT a, b, c, d FROM t") { ($0.integer(0), $0.text(1), $0.bool(2), $0.optionalText(3)) }
            }
            #expect(row?.0 == .min)
            #expect(row?.1.utf8.elementsEqual("é\u{301}🦊'\"".utf8) == true)
            #expect(row?.2 == true)
            #expect(row?.3 == nil)
        }
    }

    @Test func `an empty text is not NULL`() async throws {
        try await withDatabase { database, _ in
            let isNull = try await database.read { try $0.row("SELECT \("") IS NULL") { $0.bool(0) } }
            #expect(isNull == false)
        }
    }

    @Test func `one failed write in a group takes nobody else's along`() async throws {
        try await withDatabase { database, _ in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)") }
            let failures = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                try connection.execute("INSERT INTO t VALUES (\(number))")
                                if number.isMultiple(of: 3) { throw Unwanted() }
                            }
                            return false
                        } catch { return true }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            let kept = try await database.read { try $0.rows("SELECT a FROM t ORDER BY a") { $0.integer(0) } }
            #expect(failures == 100)
            #expect(kept == (0..<300).filter { !$0.isMultiple(of: 3) }.map(Int64.init))
        }
    }

    @Test func `a reader cannot write`() async throws {
        try await withDatabase { database, _ in
            await #expect(throws: StorageError.self) {
                try await database.read { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            }
        }
    }

    @Test func `violations are told by their code`() async throws {
        try await withDatabase { database, _ in
            try await database.write {
                _ = try $0.execute(
                    "CREATE TABLE t (a BIGINT UNIQUE, b BIGINT CHECK (b > 0), c TEXT REFERENCES users (id))")
                _ = try $0.execute("INSERT INTO t VALUES (1, 1, NULL)")
            }
            func failure(_ sql: SQL) async -> StorageError? {
                do { try await database.write { _ = try $0.execute(sql) } } catch { return error as? StorageError }
                return nil
            }
            guard case .uniqueViolation? = await failure("INSERT INTO t VALUES (1, 1, NULL)") else {
                return #expect(Bool(false))
            }
            guard case .constraintViolation? = await failure("INSERT INTO t VALUES (2, 0, NULL)") else {
                return #expect(Bool(false))
            }
            guard case .foreignKeyViolation? = await failure("INSERT INTO t VALUES (3, 1, 'x')") else {
                return #expect(Bool(false))
            }
            guard case .failed? = await failure("INSERT INTO nowhere VALUES (1)") else { return #expect(Bool(false)) }
        }
    }

    @Test func `waits for nobody else's reads, and survives a lock of another program`() async throws {
        try await withDatabase { database, path in
            let other = try SQLiteDatabase(path: path)
            defer { other.close() }
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in [database, other] {
                    for number in 0..<100 {
                        group.addTask {
                            try await writer.write { _ = try $0.execute("INSERT INTO t VALUES (\(number))") }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = try await database.read { try $0.row("SELECT COUNT(*) FROM t") { $0.integer(0) } }
            #expect(count == 200)
        }
    }

    @Test func `is durable and quick to check by its own settings`() async throws {
        try await withDatabase { database, _ in
            let settings = try await database.write { connection in
                try ["PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys"].map {
                    try connection.row(SQL(stringLiteral: $0)) { $0.text(0) }
                }
            }
            #expect(settings == ["wal", "2", "1"])
        }
    }

    @Test func `its files are their owner's alone`() async throws {
        try await withDatabase { database, path in
            _ = try await database.read { try Migrations.version(on: $0) }
            for suffix in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
                #expect((attributes[.posixPermissions] as? Int) == 0o600, "\(suffix)")
            }
        }
    }

    @Test func `after closing, all is in one file and everything is refused`() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/test.db")
            _ = try await database.read { try Migrations.version(on: $0) }
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            database.close()
            let files = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(files == ["test.db"])
            await #expect(throws: StorageError.self) { try await database.write { _ = try $0.execute("SELECT 1") } }
        }
    }

    @Test func `a directory that is not there is named`() {
        let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: "/nowhere/at/all.db") }
        #expect(error?.description.contains("/nowhere/at/all.db") == true)
    }
}
