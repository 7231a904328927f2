import Basics
import Domain
import TestSupport
import Testing

@testable import Storage

@Suite struct TaskRetentionTests {
    private static let counts = [("alice", 1800), ("bob", 1203), ("carol", 60)]
    private static let owners = counts.map(\.0)

    /// Rows of accounts of different sizes, at random times of which many are equal; returns the times by account.
    private func fill(
        _ database: any Database, seed: UInt64,
        _ insert: @escaping @Sendable (any Connection, _ owner: String, _ number: Int, _ time: Timestamp) throws -> Void
    ) async throws -> [String: [Timestamp]] {
        for owner in Self.owners {
            let user = User(
                id: UserID(rawValue: owner), email: EmailAddress(stored: "\(owner)@example.com"), username: nil,
                isActive: true, createdAt: .now(), updatedAt: .now())
            try await SQLAccountStore(database).insert(user, passwordHash: "x", recording: nil)
        }
        return try await database.write { connection in
            var random = SplitMix(state: seed)
            var times: [String: [Timestamp]] = [:]
            for (owner, count) in Self.counts {
                for number in 0..<count {
                    let time = Timestamp(milliseconds: 1_800_000_000_000 + .random(in: 0..<40, using: &random))
                    try insert(connection, owner, number, time)
                    times[owner, default: []].append(time)
                }
            }
            return times
        }
    }

    private func expectRemaining(
        of times: [String: [Timestamp]], from end: Timestamp, _ table: SQL, in database: any Database
    ) async throws {
        for owner in Self.owners {
            let left = try await database.read { connection in
                try connection.row("SELECT COUNT(*) FROM \(table) WHERE user_id = \(owner)") { $0.integer(0) }
            }
            #expect(left == Int64(times[owner]?.count { $0 >= end } ?? 0))
        }
    }

    private static let end = Timestamp(milliseconds: 1_800_000_000_030)

    @Test(arguments: [1, 2] as [UInt64]) func `old responses are deleted in batches`(_ seed: UInt64) async throws {
        try await TestDatabase.with { database in
            let times = try await fill(database, seed: seed) { connection, owner, number, time in
                try connection.execute(
                    """
                    INSERT INTO stored_answers (user_id, digest, body_digest, created_at)
                    VALUES (\(owner), \("d\(number)"), 'b', \(time))
                    """)
            }
            let recording = RecordingDatabase(database)
            var freed: [UserID: Int64] = [:]
            try await SQLTaskStore(recording).deleteStoredAnswers(before: Self.end) {
                freed.merge($0, uniquingKeysWith: +)
            }
            #expect(Set(freed.keys.map(\.rawValue)) == Set(Self.owners))
            #expect(recording.takeStatements().count { $0.contains("DELETE") } >= 2)
            try await expectRemaining(of: times, from: Self.end, "stored_answers", in: database)
        }
    }

    @Test(arguments: [3, 4] as [UInt64]) func `old undo steps are deleted in batches`(_ seed: UInt64) async throws {
        try await TestDatabase.with { database in
            let times = try await fill(database, seed: seed) { connection, owner, number, time in
                try connection.execute(
                    """
                    INSERT INTO undo_steps (user_id, undo_id, number, kind, item_id)
                    VALUES (\(owner), \(UUIDv7Generator.least(at: time)), \(number), 'task', 'x')
                    """)
            }
            let recording = RecordingDatabase(database)
            var freed: [UserID: Int64] = [:]
            try await SQLTaskStore(recording).deleteUndo(before: Self.end) {
                freed.merge($0, uniquingKeysWith: +)
            }
            #expect(Set(freed.keys.map(\.rawValue)) == Set(Self.owners))
            #expect(recording.takeStatements().count { $0.contains("DELETE") } >= 4)
            try await expectRemaining(of: times, from: Self.end, "undo_steps", in: database)
        }
    }

    @Test(arguments: [5, 6] as [UInt64]) func `tasks that were deleted long ago are purged in batches`(
        _ seed: UInt64
    ) async throws {
        try await TestDatabase.with { database in
            let times = try await fill(database, seed: seed, insertTrash)
            let recording = RecordingDatabase(database)
            var freed: [UserID: Int64] = [:]
            let count = try await SQLTaskStore(recording).emptyTrash(before: Self.end) {
                freed.merge($0, uniquingKeysWith: +)
            }
            let old = times.values.joined().count { $0 < Self.end }
            #expect(count == old && Set(freed.keys.map(\.rawValue)) == Set(Self.owners))
            #expect(recording.takeStatements().count { $0.contains("DELETE") } >= 2)
            try await expectRemaining(of: times, from: Self.end, "tasks", in: database)
        }
    }

    private let insertTrash: @Sendable (any Connection, String, Int, Timestamp) throws -> Void = {
        connection, owner, number, time in
        try connection.execute(
            """
            INSERT INTO tasks (id, user_id, title, completed, created_at, updated_at, deleted_at)
            VALUES (\("\(owner)-\(number)"), \(owner), 't', \(false), \(time), \(time), \(time))
            """)
    }

    private func size(ofTasksIn database: any Database) async throws -> Int64 {
        try await database.read { connection in
            try connection.row("SELECT SUM(\(TaskStatements.size(connection.dialect))) FROM tasks") { $0.integer(0) }
                ?? 0
        }
    }

    @Test func `the bytes freed by earlier batches are known although the next one fails`() async throws {
        try await TestDatabase.withURL { url in
            let database = try url.openForTest()
            _ = try await fill(database, seed: 7, insertTrash)
            let before = try await size(ofTasksIn: database)
            var freed: Int64 = 0
            await #expect(throws: AppError.self) {
                try await SQLTaskStore(database).emptyTrash(before: Self.end) { part in
                    freed += part.values.reduce(0, +)
                    database.close()
                }
            }
            let reopened = try url.openForTest()
            defer { reopened.close() }
            let after = try await size(ofTasksIn: reopened)
            #expect(after < before && freed == before - after)
        }
    }
}
