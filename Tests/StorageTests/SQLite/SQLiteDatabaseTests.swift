import Basics
import FoundationEssentials
import Glibc
import Metrics
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

    @Test func `a reader cannot write`() async throws {
        try await withDatabase { database, _ in
            await #expect(throws: StorageError.self) {
                try await database.read { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            }
        }
    }

    @Test func `writes wait for no reads, and survive a lock of another program`() async throws {
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

    @Test func `reads in one transaction see one state, and no transaction stays open`() async throws {
        try await withDatabase { database, _ in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            let begun = Counter()
            let written = Counter()
            async let writing: Void = {
                while begun.value == 0 { await Task.yield() }
                try await database.write { _ = try $0.execute("INSERT INTO t VALUES (1)") }
                written.increment()
            }()
            let counts = try await database.read { connection in
                func count() throws -> Int64? { try connection.row("SELECT COUNT(*) FROM t") { $0.integer(0) } }
                let together = try connection.readTogether {
                    let first = try count()
                    begun.increment()
                    while written.value == 0 { usleep(100) }
                    return [first, try count()]
                }
                #expect(throws: CancellationError.self) {
                    try connection.readTogether { throw CancellationError() }
                }
                return try together + [count()]
            }
            try await writing
            #expect(counts == [0, 0, 1])
        }
    }

    @Test func `forgets prepared statements when there are many, but none that is running`() async throws {
        try await withDatabase { database, _ in
            let sums = try await database.read { connection in
                try connection.withRows("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3") { next in
                    var sum: Int64 = 0
                    while let row = try next() {
                        sum += row.integer(0)
                        for number in 0..<700 {
                            sum += try connection.row(SQL(stringLiteral: "SELECT \(number)")) { $0.integer(0) } ?? 0
                        }
                    }
                    return sum
                }
            }
            #expect(sums == 6 + 3 * (0..<700).reduce(0, +))
        }
    }

    @Test func `counts each write in one group, and each group in one commit`() async throws {
        try await withDatabase { database, path in
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        _ = try? await database.write { _ = try $0.execute("INSERT INTO t VALUES (\(number))") }
                    }
                }
            }
            func histogram(_ name: String) throws -> HistogramValues {
                let family = try #require(database.metrics.first { $0.name == name })
                guard case .histogram(let values)? = family.samples.first?.value else { throw NoHistogram() }
                return values
            }
            let groups = try histogram("latchkey_database_group_size")
            #expect(groups.sum == 101)
            #expect((1...101).contains(groups.count))
            #expect(try histogram("latchkey_database_commit_seconds").count == groups.count)
            #expect(try histogram("latchkey_database_wait_seconds").count == 101)
            let size = try #require(database.metrics.first { $0.name == "latchkey_sqlite_wal_bytes" })
            #expect(size.samples == [MetricSample(Double(try FileSystem.size(of: path + "-wal")))])
        }
    }

    private struct NoHistogram: Error {}

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

    @Test func `only their owner may read its files`() async throws {
        try await withDatabase { database, path in
            _ = try await database.read { try Migrations.version(on: $0) }
            for suffix in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
                #expect((attributes[.posixPermissions] as? Int) == 0o600, "\(suffix)")
            }
        }
    }

    @Test func `after closing, all data is in one file and every call is refused`() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/test.db")
            _ = try await database.read { try Migrations.version(on: $0) }
            try await database.write { _ = try $0.execute("CREATE TABLE t (a BIGINT)") }
            database.close()
            let files = try FileManager.default.contentsOfDirectory(atPath: directory)
            // Beside the lock, which has no contents.
            #expect(files.sorted() == ["test.db", "test.db-lock"])
            await #expect(throws: StorageError.self) { try await database.write { _ = try $0.execute("SELECT 1") } }
        }
    }

    @Test func `a missing directory is named`() {
        let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: "/nowhere/at/all.db") }
        #expect(error?.description.contains("/nowhere/at/all.db") == true)
    }
}
