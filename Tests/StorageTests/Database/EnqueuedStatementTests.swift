import Domain
import TestSupport
import Testing

@testable import Storage

/// Statements whose answers nothing waits for, on both databases.
@Suite struct EnqueuedStatementTests {
    private func withTable(_ work: (any Database) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            _ = try await database.write {
                try $0.execute("CREATE TABLE numbers (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)")
            }
            try await work(database)
        }
    }

    private func values(_ database: any Database) async throws -> [Int64] {
        try await database.read { try $0.rows("SELECT value FROM numbers ORDER BY id") { $0.integer(0) } }
    }

    /// Several thousand go in parts.
    @Test(arguments: [200, 2500]) func `enqueued statements run in order, before reads, and with the commit`(
        _ count: Int64
    ) async throws {
        try await withTable { database in
            let seen = try await database.write { connection in
                for id in 0..<count {
                    try connection.enqueue("INSERT INTO numbers (id, value) VALUES (\(id), \(id))")
                }
                try connection.enqueue("UPDATE numbers SET value = value + 1")
                let seen = try connection.row("SELECT SUM(value) FROM numbers") { $0.integer(0) }
                try connection.enqueue("UPDATE numbers SET value = value * 2")
                return seen
            }
            #expect(seen == count * (count + 1) / 2)
            #expect(try await values(database) == (1...count).map { $0 * 2 })
        }
    }

    @Test(arguments: [false, true], [5, 2500] as [Int64])
    func `a failing statement fails its transaction, and not the next one`(
        _ readsAfterwards: Bool, _ last: Int64
    ) async throws {
        try await withTable { database in
            try await database.write { try $0.enqueue("INSERT INTO numbers (id, value) VALUES (1, 1)") }
            for _ in 0..<20 {
                let failure = await #expect(throws: StorageError.self) {
                    try await database.write { connection in
                        try connection.enqueue("INSERT INTO numbers (id, value) VALUES (2, 2)")
                        try connection.enqueue("INSERT INTO numbers (id, value) VALUES (1, 3)")
                        for id in 4..<last {
                            try connection.enqueue("INSERT INTO numbers (id, value) VALUES (\(id), 4)")
                        }
                        if readsAfterwards { _ = try connection.row("SELECT 1") { $0.integer(0) } }
                    }
                }
                guard case .uniqueViolation? = failure else {
                    Issue.record("\(String(describing: failure))")
                    return
                }
                #expect(try await values(database) == [1])
            }
            try await database.write { try $0.enqueue("INSERT INTO numbers (id, value) VALUES (2, 2)") }
            #expect(try await values(database) == [1, 2])
        }
    }

    @Test func `a transaction that fails afterwards leaves nothing of them`() async throws {
        try await withTable { database async throws in
            await #expect(throws: AppError.invalidToken) {
                try await database.write { connection throws -> Void in
                    try connection.enqueue("INSERT INTO numbers (id, value) VALUES (1, 1)")
                    throw AppError.invalidToken
                }
            }
            #expect(try await values(database) == [])
        }
    }
}
