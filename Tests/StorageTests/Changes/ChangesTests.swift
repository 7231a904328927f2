import Basics
import Domain
import TestSupport
import Testing

@testable import Storage

@Suite struct ChangesTests {
    private let alice = UserID(rawValue: "alice")
    private let bob = UserID(rawValue: "bob")

    private func with(_ work: (any Database, SQLTaskStore) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            for name in ["alice", "bob"] {
                let user = User(
                    id: UserID(rawValue: name), email: EmailAddress(stored: "\(name)@example.com"), username: nil,
                    isActive: true, createdAt: .now(), updatedAt: .now())
                try await SQLAccountStore(database).insert(user, passwordHash: "x", recording: nil)
            }
            try await work(database, SQLTaskStore(database))
        }
    }

    private func task(_ id: String, of owner: UserID) -> TaskItem {
        TaskItem(
            id: TaskID(rawValue: id), ownerID: owner,
            content: TaskContent(title: TaskTitle(stored: id), description: nil),
            completedAt: nil, createdAt: .now(), updatedAt: .now())
    }

    private func log(of owner: UserID, in database: any Database) async throws -> [String] {
        try await database.read { connection in
            try connection.rows(
                "SELECT sequence, kind, item_id, operation FROM changes WHERE user_id = \(owner) ORDER BY sequence"
            ) { "\($0.integer(0)) \($0.text(1)) \($0.text(2)) \($0.text(3))" }
        }
    }

    @Test func `revisions of several accounts at once match those of each`() async throws {
        try await with { database, store in
            var owners: [UserID] = []
            for number in 0..<70 {
                let owner = UserID(rawValue: "user \(number)")
                let user = User(
                    id: owner, email: EmailAddress(stored: "\(number)@example.com"), username: nil, isActive: true,
                    createdAt: .now(), updatedAt: .now())
                try await SQLAccountStore(database).insert(user, passwordHash: "x", recording: nil)
                for task in 0..<number % 3 { try await store.insert(self.task("\(number)-\(task)", of: owner)) }
                owners.append(owner)
            }
            for count in [0, 1, 2, 4, 5, 16, 17, 64, 70] {
                let asked = Array(owners.shuffled().prefix(count))
                try await database.read { connection in
                    let expected = try asked.map { ($0, try connection.revision(of: $0)) }
                    let found = try connection.revisions(of: asked + [UserID(rawValue: "unknown")])
                    #expect(found == Dictionary(uniqueKeysWithValues: expected))
                }
            }
        }
    }

    @Test func `each change has a number and a row, and a change of nothing has none`() async throws {
        try await with { database, store in
            #expect(try await store.revision(ofTasksOf: alice).sequence == 0)
            try await store.insert(task("t", of: alice))
            try await store.insert(task("other", of: bob))
            let first = try await store.revision(ofTasksOf: alice)
            #expect(first.sequence == 1 && !first.epoch.isEmpty)
            let id = TaskID(rawValue: "t")
            _ = try await store.update(id, ownedBy: alice, with: TaskChanges(isCompleted: true), at: .now())
            #expect(try await store.delete(id, ownedBy: alice, at: .now()))
            #expect(try await !store.delete(id, ownedBy: alice, at: .now()))
            #expect(try await !store.delete(TaskID(rawValue: "other"), ownedBy: alice, at: .now()))
            #expect(
                try await store.update(id, ownedBy: alice, with: TaskChanges(isCompleted: false), at: .now()) == nil)
            #expect(try await store.restore(id, ownedBy: alice) != nil)
            #expect(try await store.restore(id, ownedBy: alice) == nil)
            #expect(
                try await log(of: alice, in: database)
                    == ["1 task t created", "2 task t updated", "3 task t deleted", "4 task t restored"])
            #expect(try await store.revision(ofTasksOf: alice) == Revision(epoch: first.epoch, sequence: 4))
            #expect(try await log(of: bob, in: database) == ["1 task other created"])
        }
    }

    @Test func `emptying the trash is a change, as the trash can be listed`() async throws {
        try await with { database, store in
            try await store.insert(task("t", of: alice))
            #expect(try await store.delete(TaskID(rawValue: "t"), ownedBy: alice, at: .now()))
            let before = try await store.revision(ofTasksOf: alice)
            #expect(try await store.emptyTrash(before: .now().adding(seconds: 60)) { _ in } == 1)
            #expect(try await store.revision(ofTasksOf: alice).sequence == before.sequence + 1)
            #expect(
                try await log(of: alice, in: database)
                    == ["1 task t created", "2 task t deleted", "3 task t deleted"])
        }
    }

    @Test func `a transaction that fails leaves no number behind`() async throws {
        try await with { database, store in
            struct Stop: Error {}
            try await store.insert(task("t", of: alice))
            await #expect(throws: Stop.self) {
                try await database.write { connection in
                    try connection.execute("UPDATE tasks SET title = 'x'")
                    throw Stop()
                }
            }
            #expect(try await log(of: alice, in: database) == ["1 task t created"])
            #expect(try await store.revision(ofTasksOf: alice).sequence == 1)
        }
    }

    @Test func `changes by other programs are logged as well`() async throws {
        try await with { database, store in
            try await store.insert(task("t", of: alice))
            for statement: SQL in [
                "UPDATE tasks SET title = 'x' WHERE id = 't'", "DELETE FROM tasks WHERE id = 't'",
            ] {
                try await database.write { _ = try $0.execute(statement) }
            }
            #expect(
                try await log(of: alice, in: database)
                    == ["1 task t created", "2 task t updated", "3 task t deleted"])
        }
    }

    @Test func `a task that moves to another account is a change for both`() async throws {
        try await with { database, store in
            try await store.insert(task("t", of: alice))
            try await database.write { _ = try $0.execute("UPDATE tasks SET user_id = 'bob'") }
            #expect(try await log(of: alice, in: database) == ["1 task t created", "2 task t deleted"])
            #expect(try await log(of: bob, in: database) == ["1 task t updated"])
        }
    }

    @Test func `each start on a file begins new epochs`() async throws {
        try await with { database, store in
            let (first, second) = (
                try await store.revision(ofTasksOf: alice),
                try await SQLTaskStore(database).revision(ofTasksOf: alice)
            )
            #expect((first == second) == database.isShared)
        }
    }

    @Test func `deleting an account deletes its log`() async throws {
        try await with { database, store in
            try await store.insert(task("t", of: alice))
            _ = try await SQLAccountStore(database).deleteUser(
                alice, recording: AuditEvent(.userDeleted, at: .now(), by: .server, user: alice))
            #expect(try await log(of: alice, in: database) == [])
            #expect(try await database.read { try $0.revision(of: alice) } == .initial)
        }
    }

    @Test func `concurrent changes of one account get consecutive numbers`() async throws {
        try await with { database, store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask { try await store.insert(task("t\(number)", of: number % 4 == 0 ? bob : alice)) }
                }
                try await group.waitForAll()
            }
            let numbers = try await log(of: alice, in: database).map { $0.prefix { $0 != " " } }
            #expect(numbers == (1...30).map { "\($0)" })
            #expect(try await store.revision(ofTasksOf: alice).sequence == 30)
            #expect(try await store.revision(ofTasksOf: bob).sequence == 10)
        }
    }

    @Test func `the log keeps the latest changes`() async throws {
        try await with { database, store in
            try await store.insert(task("t", of: alice))
            // As if there had been as many as are kept: the next number ends a batch.
            try await database.write { connection in
                _ = try connection.execute(
                    """
                    INSERT INTO changes (user_id, sequence, kind, item_id, operation)
                    VALUES ('alice', 240, 'task', 't', 'updated'), ('alice', 241, 'task', 't', 'updated'),
                        ('alice', 10239, 'task', 't', 'updated')
                    """)
            }
            _ = try await store.update(
                TaskID(rawValue: "t"), ownedBy: alice, with: TaskChanges(isCompleted: true), at: .now())
            #expect(
                try await log(of: alice, in: database) == [
                    "241 task t updated", "10239 task t updated", "10240 task t updated",
                ])
        }
    }
}
