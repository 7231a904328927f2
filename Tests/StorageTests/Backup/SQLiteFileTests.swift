import Basics
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct SQLiteFileTests {
    private func withDatabase(_ work: (_ database: SQLiteDatabase, _ directory: String) async throws -> Void)
        async throws
    {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/source.db")
            defer { database.close() }
            try await work(database, directory)
        }
    }

    private func insert(_ number: Int, into database: SQLiteDatabase) async throws {
        // Two rows that belong together, far from each other in the file.
        try await database.write { connection in
            for name in ["a-\(number)", "z-\(number)"] {
                let long = name + String(repeating: "x", count: 2000)
                try connection.execute("INSERT INTO throttles (name, busy_until) VALUES (\(long), \(number))")
            }
        }
    }

    @Test func `a copy under writes is consistent, and has what was there when it began`() async throws {
        try await withDatabase { database, directory in
            for number in 0..<1500 { try await insert(number, into: database) }
            let file = SQLiteFile(path: directory + "/source.db")
            let steps = Mutex<[Int64]>([])
            // Each step is followed by a commit: with SQLite's usual way of copying, it would begin again each time.
            let written = Mutex(0)
            try file.copy(to: directory + "/copy.db") { done, _ in
                steps.withLock { $0.append(done) }
                let writer = try SQLiteConnection(path: file.path, mode: .readWrite, busyTimeout: 5000)
                defer { writer.close() }
                try writer.execute(
                    "INSERT INTO throttles (name, busy_until) VALUES (\("step-\(done)"), \(done))")
                written.withLock { $0 += 1 }
            }
            let seen = steps.withLock { $0 }
            #expect(seen.count > 5 && seen == seen.sorted() && Set(seen).count == seen.count)
            #expect(written.withLock { $0 } == seen.count)
            let copy = try SQLiteConnection(path: directory + "/copy.db", mode: .readOnly, busyTimeout: 0)
            defer { copy.close() }
            let counts = try copy.row(
                "SELECT COUNT(*), COUNT(DISTINCT busy_until), SUM(name LIKE 'step%') FROM throttles"
            ) { [$0.integer(0), $0.integer(1), $0.integer(2)] }
            // The one commit that came before the transaction had read is not there, nor are later ones.
            #expect(counts == [3000, 1500, 0])
            #expect(try DatabaseInspection(SQLiteFile(path: directory + "/copy.db")).schema == Migrations.latestVersion)
            #expect(!FileSystem.exists(directory + "/copy.db-wal") && !FileSystem.exists(directory + "/copy.db-shm"))
            var status = stat()
            #expect(stat(directory + "/copy.db", &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func `an existing file is not overwritten`() async throws {
        try await withDatabase { _, directory in
            try FileSystem.write([1, 2, 3], to: directory + "/copy.db")
            #expect(throws: SystemError.self) {
                try SQLiteFile(path: directory + "/source.db").copy(to: directory + "/copy.db") { _, _ in }
            }
            #expect(try SystemError.bytes(ofFile: directory + "/copy.db") == [1, 2, 3])
        }
    }

    @Test func `damage is found, in pages and in references`() async throws {
        try await withDatabase { database, directory in
            for number in 0..<50 { try await insert(number, into: database) }
            let copy = SQLiteFile(path: directory + "/copy.db")
            try SQLiteFile(path: directory + "/source.db").copy(to: copy.path) { _, _ in }
            _ = try DatabaseInspection(copy)
            let connection = try SQLiteConnection(path: copy.path, mode: .readWrite, busyTimeout: 0)
            try connection.execute("PRAGMA foreign_keys = OFF")
            try connection.execute("INSERT INTO epochs (user_id) VALUES ('of no one')")
            connection.close()
            let dangling = #expect(throws: StorageError.self) { try DatabaseInspection(copy) }
            #expect(dangling?.description.contains("a row of epochs refers to one that is not there") == true)

            let descriptor = open(copy.path, O_WRONLY)
            let noise = [UInt8](repeating: 0x5A, count: 4096)
            #expect(pwrite(descriptor, noise, noise.count, 4096 * 5) == noise.count)
            close(descriptor)
            let damaged = #expect(throws: StorageError.self) { try DatabaseInspection(copy) }
            #expect(damaged?.description.contains("is damaged") == true)
        }
    }

    @Test(arguments: [
        (3_040_001, true), (3_044_005, true), (3_044_006, false), (3_045_000, true), (3_050_006, true),
        (3_050_007, false), (3_051_002, true), (3_051_003, false), (3_053_000, false),
    ])
    func `versions of SQLite in which two processes may lose pages`(version: Int, isAffected: Bool) {
        #expect(SQLiteFile.needsOneProcess(version) == isAffected)
    }
}
