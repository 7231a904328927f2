import Basics
import Domain
import TestSupport
import Testing

@testable import Storage

@Suite struct TaskUsageTests {
    private func user(_ name: String) -> User {
        User(
            id: UserID(rawValue: name), email: EmailAddress(stored: "\(name)@example.com"), username: nil,
            isActive: true, createdAt: .now(), updatedAt: .now())
    }

    /// The size of all tasks, by the table itself.
    private func sum(of owner: UserID, in database: any Database) async throws -> Int64 {
        try await database.read { connection in
            try connection.rows("SELECT title, description FROM tasks WHERE user_id = \(owner)") {
                128 + Int64($0.text(0).utf8.count + $0.text(1).utf8.count)
            }.reduce(0, +)
        }
    }

    /// The size of the undo steps.
    private func undo(of owner: UserID, in database: any Database) async throws -> Int64 {
        try await database.read { connection in
            try connection.rows("SELECT old_row, new_row FROM undo_steps WHERE user_id = \(owner)") {
                128 + Int64($0.text(0).utf8.count + $0.text(1).utf8.count)
            }.reduce(0, +)
        }
    }

    @Test func `at the quota, undoing and restoring delete nothing that they need`() async throws {
        try await TestDatabase.with { database in
            let alice = user("alice")
            try await SQLAccountStore(database).insert(alice, passwordHash: "x", recording: nil)
            let (store, owner) = (SQLTaskStore(database), TaskOwner(alice.id))
            let tasks = TaskService(
                store: store, ids: UUIDv7Generator(),
                allowance: AccountAllowance(AllowanceRules(quota: 6_000, rate: nil, burst: 0)),
                now: Clocks.system.now)
            func add() async throws -> TaskItem {
                let text = try TaskText(String(repeating: "a", count: 300), field: "description")
                let draft = TaskDraft(TaskContent(title: try TaskTitle("Task"), description: text))
                return try await tasks.create(draft, for: owner).value
            }
            func once<Value: Sendable>(_ digest: String) -> RepeatableWrite<Value> {
                RepeatableWrite(digest: digest, bodyDigest: "b") { _ in
                    StoredAnswer(
                        bodyDigest: "b", status: 200, location: nil, tag: nil, undo: nil,
                        body: String(repeating: "x", count: 700))
                }
            }
            let deleted = try await add()
            _ = try await tasks.delete(deleted.id, for: owner)
            let changed = try await add()
            let change = try await tasks.update(
                changed.id, with: TaskChanges(title: try TaskTitle("Changed")), for: owner)
            let undo = try #require(change.undo)
            // Until there is no room for a stored response, but before undo steps are deleted to make room for a task.
            while try await store.usage(of: alice.id) + 1_152 <= 6_000 {
                _ = try await add()
                try await tasks.saveUsage()
            }
            _ = try await tasks.undo(undo, for: owner, once: once("u"))
            _ = try await tasks.restore(deleted.id, for: owner, once: once("r"))
            #expect(try await tasks.task(deleted.id, for: alice.id).deletedAt == nil)
            #expect(try await tasks.task(changed.id, for: alice.id).content.title.text == "Task")
        }
    }

    @Test func `after any changes the recorded usage is the actual usage`() async throws {
        try await TestDatabase.with { database in
            let (alice, bob) = (user("alice"), user("bob"))
            for user in [alice, bob] {
                try await SQLAccountStore(database).insert(user, passwordHash: "x", recording: nil)
            }
            let store = SQLTaskStore(database)
            let tasks = TaskService(
                store: store, ids: UUIDv7Generator(),
                allowance: AccountAllowance(AllowanceRules(quota: 40_000, rate: nil, burst: 0)),
                now: Clocks.system.now)
            var random = SplitMix(state: 99)
            func text(upTo length: Int) -> String {
                String(
                    (0..<Int.random(in: 1...length, using: &random)).map { _ in
                        "aé€🦊".randomElement(using: &random) ?? "a"
                    })
            }
            func description(upTo length: Int) throws -> TaskText {
                try TaskText(text(upTo: length), field: "description")
            }
            var ids: [UserID: [TaskID]] = [alice.id: [], bob.id: []]
            var refusals = 0
            for _ in 0..<600 {
                let owner = Bool.random(using: &random) ? alice.id : bob.id
                let id = ids[owner]?.randomElement(using: &random)
                do {
                    switch (Int.random(in: 0..<10, using: &random), id) {
                    case (0..<5, _), (_, nil):
                        let draft = TaskDraft(
                            TaskContent(title: try TaskTitle(text(upTo: 200)), description: try description(upTo: 1000))
                        )
                        ids[owner]?.append(try await tasks.create(draft, for: TaskOwner(owner)).value.id)
                    case (5, let id?): _ = try await tasks.delete(id, for: TaskOwner(owner))
                    case (6, let id?): _ = try await tasks.restore(id, for: TaskOwner(owner))
                    case (7, let id?):
                        _ = try await tasks.update(id, with: TaskChanges(isCompleted: true), for: TaskOwner(owner))
                    case (8, let id?):
                        _ = try await tasks.update(id, with: TaskChanges(description: .clear), for: TaskOwner(owner))
                    case (_, let id?):
                        let changes = TaskChanges(
                            title: try TaskTitle(text(upTo: 200)),
                            description: .set(try description(upTo: 3000)))
                        _ = try await tasks.update(id, with: changes, for: TaskOwner(owner))
                    }
                } catch AppError.quotaExceeded { refusals += 1 } catch AppError.notFound {}
                if Int.random(in: 0..<20, using: &random) == 0 { try await tasks.saveUsage() }
            }
            try await tasks.saveUsage()
            for owner in [alice.id, bob.id] {
                let there = try await sum(of: owner, in: database)
                #expect(try await store.usage(of: owner) == there + undo(of: owner, in: database))
                #expect(there <= 40_000)
            }
            #expect(refusals > 0, "no account came near the quota")
            var freed: [UserID: Int64] = [:]
            let count = try await store.emptyTrash(before: .now().adding(seconds: 60)) {
                freed.merge($0, uniquingKeysWith: +)
            }
            #expect(count > 0)
            try await store.addUsage(freed.mapValues { -$0 })
            for owner in [alice.id, bob.id] {
                let there = try await sum(of: owner, in: database) + undo(of: owner, in: database)
                #expect(try await store.usage(of: owner) == there)
            }
            // A deleted account is no error, and its row is deleted with it.
            _ = try await SQLAccountStore(database).deleteUser(
                bob.id, recording: AuditEvent(.userDeleted, at: .now(), by: .server, user: bob.id))
            try await store.addUsage([bob.id: 5, alice.id: 0])
            #expect(try await store.usage(of: bob.id) == 0)
        }
    }
}
