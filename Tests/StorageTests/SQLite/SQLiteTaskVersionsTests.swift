import Basics
import Domain
import FoundationEssentials
import Storage
import TestSupport
import Testing

@Suite struct SQLiteTaskVersionsTests {
    private let alice = UserID(rawValue: "alice")
    private let bob = UserID(rawValue: "bob")

    /// Two writers on one file, with both people in it. They share a process; `test_answer_cache.py` has another one.
    private func withTwo(_ work: (_ ours: SQLiteDatabase, _ theirs: SQLiteDatabase) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/test.db"
            let (ours, theirs) = (try SQLiteDatabase(path: path), try SQLiteDatabase(path: path))
            defer {
                ours.close()
                theirs.close()
            }
            try await ours.write { connection in
                for name in ["alice", "bob"] {
                    try connection.execute(
                        """
                        INSERT INTO users (id, email, email_verified, password_hash, is_active, created_at, updated_at)
                        VALUES (\(name), \(name + "@example.com"), \(false), 'x', \(true), 0, 0)
                        """)
                }
            }
            try await work(ours, theirs)
        }
    }

    private func task(_ number: Int, of owner: UserID) -> TaskItem {
        let time = Timestamp(milliseconds: 1_800_000_000_000)
        return TaskItem(
            id: TaskID(rawValue: "\(owner)-\(1000 + number)"), ownerID: owner, title: "Task \(number)", details: nil,
            completedAt: nil, createdAt: time, updatedAt: time)
    }

    @Test func `a list keeps its version until its own tasks change`() async throws {
        try await withTwo { ours, _ in
            let store = SQLTaskStore(ours)
            let (before, bobsBefore) = (store.version(ofTasksOf: alice), store.version(ofTasksOf: bob))
            #expect(before != nil)
            #expect(store.version(ofTasksOf: alice) == before)

            try await store.insert(task(1, of: alice))
            let inserted = store.version(ofTasksOf: alice)
            #expect(inserted != nil && inserted != before)
            #expect(store.version(ofTasksOf: bob) == bobsBefore)

            let id = task(1, of: alice).id
            _ = try await store.update(id, ownedBy: alice, with: TaskChanges(isCompleted: true), at: .now())
            let updated = store.version(ofTasksOf: alice)
            #expect(updated != inserted)
            _ = try await store.delete(id, ownedBy: alice, at: .now())
            let deleted = store.version(ofTasksOf: alice)
            #expect(deleted != updated)
            _ = try await store.restore(id, ownedBy: alice)
            #expect(store.version(ofTasksOf: alice) != deleted)
            #expect(store.version(ofTasksOf: bob) == bobsBefore)
        }
    }

    @Test func `what has to do with nobody's tasks leaves all versions, what may have leaves none`() async throws {
        try await withTwo { ours, _ in
            let before = ours.version(ofTasksOf: alice)
            try await ours.write(touching: .nobodys) { connection in
                _ = try connection.execute("INSERT INTO throttles (name, busy_until) VALUES ('a', 1)")
            }
            #expect(ours.version(ofTasksOf: alice) == before)
            // The same again has nothing to commit.
            try await ours.write(touching: .nobodys) { connection in
                _ = try connection.execute("UPDATE throttles SET busy_until = 1 WHERE name = 'b'")
            }
            #expect(ours.version(ofTasksOf: alice) == before)
            try await ours.write { _ = try $0.execute("DELETE FROM users WHERE id = 'bob'") }
            #expect(ours.version(ofTasksOf: alice) != before)
        }
    }

    @Test func `another process's change is seen with the next look`() async throws {
        try await withTwo { ours, theirs in
            for number in 0..<50 {
                let before = ours.version(ofTasksOf: alice)
                try await SQLTaskStore(theirs).insert(task(number, of: alice))
                let after = ours.version(ofTasksOf: alice)
                #expect(after != nil && after != before)
                #expect(ours.version(ofTasksOf: alice) == after)
            }
        }
    }

    /// The hard part: a commit of theirs right behind one of ours must not pass for ours.
    @Test func `changes of two processes at the same time are both seen`() async throws {
        try await withTwo { ours, theirs in
            for number in 0..<300 {
                let before = ours.version(ofTasksOf: bob)
                async let own: Void = SQLTaskStore(ours).insert(task(number, of: alice))
                async let idle: Void = ours.write(touching: .nobodys) { connection in
                    _ = try connection.execute("UPDATE throttles SET busy_until = 1 WHERE name = 'nobody'")
                }
                async let foreign: Void = SQLTaskStore(theirs).insert(task(number, of: bob))
                _ = try await (own, idle, foreign)
                let after = ours.version(ofTasksOf: bob)
                #expect(after != nil && after != before, "round \(number)")
            }
        }
    }

    @Test func `what was read before a change never has the version after it`() async throws {
        try await withTwo { ours, theirs in
            let (store, other) = (SQLTaskStore(ours), SQLTaskStore(theirs))
            let bob = bob
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for number in 0..<200 { try await store.insert(task(number, of: bob)) } }
                group.addTask { for number in 200..<400 { try await other.insert(task(number, of: bob)) } }
                group.addTask {
                    var kept: (version: TasksVersion, newest: Int)?
                    for _ in 0..<3000 {
                        let version = store.version(ofTasksOf: bob)
                        let newest = try await ours.read { connection in
                            try connection.row("SELECT count(*) FROM tasks WHERE user_id = \(bob)") { $0.integer(0) }
                        }
                        let count = Int(newest ?? 0)
                        // What came between the version and the read is in the read already.
                        guard let version, store.version(ofTasksOf: bob) == version else { continue }
                        if let kept, kept.version == version { #expect(kept.newest == count) }
                        kept = (version, count)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a write that fails, and one after the end, leave nothing to rely on`() async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/test.db")
            let before = database.version(ofTasksOf: alice)
            #expect(before != nil)
            await #expect(throws: StorageError.self) {
                // The job's own savepoint is undone, and what may have been touched counts as touched.
                try await database.write { connection in
                    _ = try connection.execute("DELETE FROM tasks")
                    _ = try connection.execute("INSERT INTO tasks (id) VALUES ('half a task')")
                }
            }
            #expect(database.version(ofTasksOf: alice) != before)
            database.close()
            #expect(database.version(ofTasksOf: alice) == nil)
        }
    }

    @Test func `the log is still moved into the database`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/test.db"
            let database = try SQLiteDatabase(path: path)
            defer { database.close() }
            try await database.write { _ = try $0.execute("CREATE TABLE large (bytes BLOB)") }
            for _ in 0..<40 {
                // 40 MiB altogether, in commits of one each.
                try await database.write { _ = try $0.execute("INSERT INTO large VALUES (zeroblob(1048576))") }
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
            let size = try #require(attributes[.size] as? UInt64 ?? (attributes[.size] as? Int).map(UInt64.init))
            #expect(size < 12 << 20, "\(size) bytes")
        }
    }
}
