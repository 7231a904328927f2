import Domain
import Storage
import Synchronization
import TestSupport
import Testing

/// Rules that hold on both databases.
@Suite struct DatabaseTests {
    private struct Unwanted: Error {}

    @Test func `a write is seen by the next read`() async throws {
        try await TestDatabase.with { database in
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
        try await TestDatabase.with { database in
            let isNull = try await database.read { try $0.row("SELECT \("") IS NULL") { $0.bool(0) } }
            #expect(isNull == false)
        }
    }

    @Test func `one failed write in a group does not fail the others`() async throws {
        try await TestDatabase.with { database in
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

    @Test func `violations of constraints are told apart by their codes`() async throws {
        try await TestDatabase.with { database in
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

    @Test func `a write that throws leaves nothing behind`() async throws {
        try await TestDatabase.with { database in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            await #expect(throws: Unwanted.self) {
                try await database.write { connection in
                    try connection.execute("INSERT INTO t VALUES (1)")
                    throw Unwanted()
                }
            }
            let count = try await database.read { try $0.row("SELECT COUNT(*) FROM t") { $0.integer(0) } }
            #expect(count == 0)
        }
    }

    @Test func `keys are compared by their bytes`() async throws {
        try await TestDatabase.with { database in
            try await database.write { connection in
                for id in ["a", "B", "~", "é", "z", "0"] {
                    try connection.execute(
                        """
                        INSERT INTO signing_keys (id, algorithm, sealed_key, created_at)
                        VALUES (\(id), \("EdDSA"), \(""), \(0))
                        """)
                }
            }
            let ids = try await database.read {
                try $0.rows("SELECT id FROM signing_keys ORDER BY id") { $0.text(0) }
            }
            #expect(ids == ["0", "B", "a", "z", "~", "é"])
        }
    }

    @Test func `transactions that lock the same number take turns, and no increment is lost`() async throws {
        try await TestDatabase.withURL { url in
            // Two databases on the same place, as two processes would be.
            let databases = [try url.openForTest(), try url.openForTest()]
            defer { for database in databases { database.close() } }
            try await databases[0].write { connection in
                try connection.execute("CREATE TABLE t (a BIGINT)")
                try connection.execute("INSERT INTO t VALUES (0)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        try await databases[number % 2].write { connection in
                            try connection.lockUntilCommit(7)
                            let value = try connection.row("SELECT a FROM t") { $0.integer(0) } ?? 0
                            try connection.execute("UPDATE t SET a = \(value + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let value = try await databases[1].read { try $0.row("SELECT a FROM t") { $0.integer(0) } }
            #expect(value == 60)
        }
    }

    @Test func `listeners are notified of committed changes only`() async throws {
        try await TestDatabase.withURL { url in
            let (server, command) = (try url.openForTest(), try url.openForTest())
            defer {
                server.close()
                command.close()
            }
            let (changes, continuation) = AsyncStream<Change>.makeStream()
            try server.listen { continuation.yield($0) }
            let (first, second) = (SessionID(rawValue: "first"), SessionID(rawValue: "second"))
            // A listener on PostgreSQL connects in the background: announce until it is there.
            let announcing = Task {
                while !Task.isCancelled {
                    _ = try? await command.write { connection in
                        try connection.announce(.session(first))
                        throw Unwanted()
                    }
                    try await command.write { try $0.announce(.session(second)) }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            defer { announcing.cancel() }
            var heard: Change?
            for await change in changes {
                // Other tests announce changes in the same database.
                guard [.session(first), .session(second), .anything].contains(change) else { continue }
                heard = change
                break
            }
            #expect(heard == (TestDatabase.isPostgres ? .session(second) : .anything))
        }
    }

    @Test func `ten processes that open at the same time make one schema`() async throws {
        try await TestDatabase.withURL { url in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask { try url.openForTest().close() }
                }
                try await group.waitForAll()
            }
            let versions = try url.peek { connection in
                try connection.rows("SELECT version FROM schema_migrations ORDER BY version") { $0.integer(0) }
            }
            let found = try #require(versions)
            #expect(found.last == Migrations.latestVersion && Set(found).count == found.count)
        }
    }
}
