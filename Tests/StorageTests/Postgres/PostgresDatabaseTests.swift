import Domain
import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Faults that only a server can cause. `make test` starts one for these tests; see Scripts/postgres.sh.
@Suite struct PostgresDatabaseTests {
    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }

        @discardableResult
        func add() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    private func withDatabase(
        connections: Int = 2, limit: Duration = .seconds(30),
        _ work: (PostgresDatabase, PostgresServer) async throws -> Void
    ) async throws {
        try await TestDatabase.withURL { url in
            guard case .postgres(let server) = url else {
                Issue.record(
                    "These need a server: `make test` starts one, and so does Scripts/postgres.sh; its URL goes into LATCHKEY_TEST_POSTGRES."
                )
                return
            }
            var options = PostgresDatabase.Options()
            (options.connections, options.limit) = (connections, limit)
            let database = try PostgresDatabase(server, options: options)
            defer { database.close() }
            try await work(database, server)
        }
    }

    /// Before its tables have statistics, it would read all tasks of the owner for each task.
    @Test func `tasks are looked up by their ids`() async throws {
        try await withDatabase { database, _ in
            let plans = try await database.read { connection in
                let (kept, id) = (
                    TaskStatements.isKept(.postgres), TaskStatements.hasID(TaskID(rawValue: "1"), .postgres)
                )
                let queries: [SQL] = [
                    "SELECT id FROM tasks WHERE user_id = 'x' AND \(id)",
                    PostgresConnection.postgresLookup(
                        "id", in: "tasks", where: "user_id = 'x' AND \(kept)", key: ["id"],
                        among: (0..<200).map { ["\($0)"] }),
                ]
                return try queries.map { query in
                    try connection.rows("EXPLAIN \(query)") { $0.text(0) }.joined(separator: "\n")
                }
            }
            for plan in plans { #expect(plan.contains("tasks_pkey") && plan.contains(") AND (id = "), "\(plan)") }
        }
    }

    @Test func `the smallest and the largest numbers come back unchanged`() async throws {
        try await withDatabase { database, _ in
            for number in [Int64.min, -1, 0, 1, .max] {
                let back = try await database.read { try $0.row("SELECT \(number)") { $0.integer(0) } }
                #expect(back == number)
            }
        }
    }

    @Test func `two installations in schemas of one database do not wait for each other`() async throws {
        try await withDatabase { one, _ in
            try await withDatabase(limit: .seconds(5)) { other, _ in
                let (isLocked, isDone) = (Counter(), Counter())
                async let holding: Void = one.write { connection in
                    try connection.lockUntilCommit(LockKey.auditChain)
                    isLocked.add()
                    while isDone.value == 0 { usleep(10_000) }
                }
                while isLocked.value == 0 { try await Task.sleep(for: .milliseconds(10)) }
                defer { isDone.add() }
                try await other.write { try $0.lockUntilCommit(LockKey.auditChain) }
                isDone.add()
                try await holding
            }
        }
    }

    @Test func `a text with a zero byte is refused, not cut`() async throws {
        try await withDatabase { database, _ in
            await #expect(throws: StorageError.self) {
                try await database.read { try $0.row("SELECT \("a\0b")") { $0.text(0) } }
            }
        }
    }

    @Test func `a transaction can continue after a refused text`() async throws {
        try await withDatabase { database, _ in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            await #expect(throws: StorageError.self) {
                try await database.write { connection in
                    #expect(throws: StorageError.self) { try connection.execute("SELECT \("a\0b")") }
                    try connection.execute("INSERT INTO t VALUES (1)")
                    throw StorageError.failed("The work ends here.")
                }
            }
            let count = try await database.read { try $0.row("SELECT COUNT(*) FROM t") { $0.integer(0) } }
            #expect(count == 0)
        }
    }

    @Test(arguments: [false, true]) func `conflicting transactions are retried, and none of them is lost`(
        _ enqueues: Bool
    ) async throws {
        try await withDatabase(connections: 4) { database, _ in
            try await database.write { connection in
                try connection.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, a BIGINT)")
                try connection.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
            }
            let attempts = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    // Half of them lock the rows the other way round: deadlocks, and failed serializations.
                    let order = number.isMultiple(of: 2) ? [1, 2] : [2, 1]
                    group.addTask {
                        try await database.write { connection in
                            // The level of a transaction is set before its first statement.
                            try connection.execute("ROLLBACK")
                            try connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
                            try connection.execute("SET LOCAL deadlock_timeout = '10ms'")
                            attempts.add()
                            for id in order {
                                let update: SQL = "UPDATE t SET a = a + 1 WHERE id = \(id)"
                                if enqueues { try connection.enqueue(update) } else { try connection.execute(update) }
                                // Long enough for another to take the other row.
                                try connection.enqueue("SELECT pg_sleep(0.01)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let sums = try await database.read { try $0.rows("SELECT a FROM t ORDER BY id") { $0.integer(0) } }
            #expect(sums == [40, 40])
            #expect(attempts.value > 40, "nothing collided, so nothing was shown")
        }
    }

    @Test func `connections that the server closed are replaced within the same request`() async throws {
        try await withDatabase { database, server in
            for _ in 0..<5 {
                let pids = try await withThrowingTaskGroup(of: Int64?.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            try await database.read { try $0.row("SELECT pg_backend_pid()") { $0.integer(0) } }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
                }
                for pid in Set(pids) { try server.execute("SELECT pg_terminate_backend(\(pid))") }
                let one = try await database.write { try $0.row("SELECT \(1)") { $0.integer(0) } }
                #expect(one == 1)
            }
        }
    }

    @Test func `a transaction whose connection ends before its commit is done once`() async throws {
        try await withDatabase { database, server in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            let attempts = Counter()
            try await database.write { connection in
                try connection.execute("INSERT INTO t VALUES (1)")
                let pid = try connection.row("SELECT pg_backend_pid()") { $0.integer(0) } ?? 0
                if attempts.add() == 1 {
                    try server.execute("SELECT pg_terminate_backend(\(pid))")
                }
                try connection.execute("INSERT INTO t VALUES (2)")
            }
            let rows = try await database.read { try $0.rows("SELECT a FROM t ORDER BY a") { $0.integer(0) } }
            #expect(rows == [1, 2])
        }
    }

    @Test func `a committed transaction is not repeated when its notification breaks the connection`() async throws {
        try await TestDatabase.withURL { url in
            guard case .postgres(let given) = url, let base = TestDatabase.postgresURL else {
                Issue.record("LATCHKEY_TEST_POSTGRES must name a server.")
                return
            }
            // In front of the system's own functions stands one that ends the connection that calls it.
            let schema = try #require(given.text.split(separator: "%3D").last)
            guard
                case .postgres(let server) = try DatabaseURL("\(base)?options=-csearch_path%3D\(schema),pg_catalog")
            else { return }
            try server.execute(
                """
                CREATE FUNCTION \(schema).pg_notify(text, text) RETURNS boolean LANGUAGE sql
                AS 'SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())'
                """)
            let database = try PostgresDatabase(server)
            defer { database.close() }
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            let attempts = Counter()
            for _ in 0..<3 {
                try await database.write { connection in
                    attempts.add()
                    try connection.execute("INSERT INTO t VALUES (1)")
                    try connection.announce(.signingKeys)
                }
            }
            let rows = try await database.read { try $0.row("SELECT COUNT(*) FROM t") { $0.integer(0) } }
            #expect(rows == 3)
            #expect(attempts.value == 3)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `what takes too long is cancelled, with the waits behind it`() async throws {
        try await withDatabase(connections: 1, limit: .milliseconds(700)) { database, _ in
            let failures = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do {
                            _ = try await database.read { try $0.rows("SELECT pg_sleep(60)") { _ in } }
                            return false
                        } catch StorageError.unavailable { return true } catch { return false }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(failures == 4)
            // The server was told to cancel them, and no longer works on them.
            let count: SQL = "SELECT COUNT(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'"
            var running: Int64? = 4
            while running != 0 {
                running = try? await database.read { try $0.row(count) { $0.integer(0) } }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test func `a pooler that forgets statements costs one attempt, and then no statement is prepared`() async throws {
        try await withDatabase(connections: 1) { database, _ in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            for number in 0..<3 {
                try await database.write { _ = try $0.execute("INSERT INTO t VALUES (\(number))") }
                // Like another server behind a pooler: it has never seen our statements.
                try await database.read { _ = try $0.execute("DEALLOCATE ALL") }
            }
            let rows = try await database.read { try $0.rows("SELECT a FROM t ORDER BY a") { $0.integer(0) } }
            #expect(rows == [0, 1, 2])
            let prepared = try await database.read {
                try $0.row("SELECT COUNT(*) FROM pg_prepared_statements") { $0.integer(0) }
            }
            #expect(prepared == 0)
        }
    }

    @Test func `an unreachable server is reported, without the password`() throws {
        var options = PostgresDatabase.Options()
        options.patience = .milliseconds(300)
        for url in ["postgresql://me:sesame@127.0.0.1:1/x", "postgresql://me:sesame/x@127.0.0.1/x"] {
            guard case .postgres(let server) = try DatabaseURL(url) else { throw StorageError.failed(url) }
            let waits = Mutex<[String]>([])
            let error = #expect(throws: (any Error).self) {
                try PostgresDatabase(server, options: options) { text in waits.withLock { $0.append(text) } }
            }
            let told = "\(error.map { "\($0)" } ?? "") \(waits.withLock { $0 })"
            #expect(!told.contains("sesame"), "\(told)")
            #expect(told.contains("refused") || told.contains("not a number"), "\(told)")
        }
    }
}
