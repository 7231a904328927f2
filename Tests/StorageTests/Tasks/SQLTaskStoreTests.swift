import Basics
import Calendar
import Domain
import Storage
import TestSupport
import Testing

@Suite struct SQLTaskStoreTests {
    @Test(arguments: [
        "SELECT * FROM tasks WHERE user_id = 'a' AND deleted_at = 0 AND id < '~' ORDER BY id DESC LIMIT 26",
        """
        SELECT * FROM tasks INDEXED BY tasks_by_state
         WHERE user_id = 'a' AND deleted_at = 0 AND id < '~' AND completed = 1 ORDER BY id DESC LIMIT 26
        """,
        "UPDATE tasks SET deleted_at = 0 WHERE user_id = 'a' AND deleted_at > 0 AND id = 'x'",
        "SELECT id FROM tasks WHERE user_id = 'a' AND deleted_at > 0 ORDER BY id LIMIT 100",
        "DELETE FROM tasks WHERE deleted_at > 0 AND deleted_at < 5",
        "DELETE FROM task_tags WHERE user_id = 'a' AND task_id = 'x'",
    ])
    func `SQLite uses an index for each statement, and sorts nothing`(statement: String) async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: directory + "/a.db")
            defer { database.close() }
            let plan = try await database.read { connection in
                try connection.rows(SQL(stringLiteral: "EXPLAIN QUERY PLAN " + statement)) { $0.text(3) }
            }
            #expect(!plan.isEmpty)
            for step in plan {
                #expect(step.hasPrefix("SEARCH task"), "\(plan)")
                let keys = ["AND id", "tasks_in_trash", "tasks_by_deletion", "task_tags_by_task"]
                #expect(keys.contains { step.contains($0) }, "\(plan)")
            }
        }
    }

    /// A store with two users: alice, who owns the tasks, and bob.
    private func withStore(_ work: (SQLTaskStore, Cast) async throws -> Void) async throws {
        try await withDatabase { _, store, cast in try await work(store, cast) }
    }

    private func withDatabase(_ work: (any Database, SQLTaskStore, Cast) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let cast = Cast()
            let accounts = SQLAccountStore(database)
            for user in [cast.alice, cast.bob] {
                let session = Session(
                    id: SessionID(rawValue: "s-\(user)"), userID: user, createdAt: cast.time, updatedAt: cast.time,
                    expiresAt: cast.time, ipAddress: "", userAgent: "")
                try await accounts.insert(
                    User(
                        id: user, email: EmailAddress(stored: "\(user)@example.com"), username: nil, isActive: true,
                        createdAt: cast.time, updatedAt: cast.time), passwordHash: "x",
                    session: NewSession(session: session, tokenDigest: nil))
            }
            try await work(database, SQLTaskStore(database), cast)
        }
    }

    private struct Cast {
        let alice = UserID(rawValue: "alice")
        let bob = UserID(rawValue: "bob")
        let time = Timestamp(milliseconds: 1_800_000_000_000)
        let later = Timestamp(milliseconds: 1_800_000_005_000)

        func task(_ number: Int, of owner: UserID? = nil, completed: Bool = false) -> TaskItem {
            TaskItem(
                id: TaskID(rawValue: "t-\(1000 + number)"), ownerID: owner ?? alice,
                content: TaskContent(title: TaskTitle(stored: "Task \(number)"), description: nil),
                completedAt: completed ? time : nil,
                createdAt: time, updatedAt: time)
        }
    }

    @Test func `stores a task as it was given`() async throws {
        try await withStore { store, cast in
            var task = cast.task(1, completed: true)
            task.content.title = try TaskTitle("é\u{301} 👨‍👩‍👧 \u{202e}x\u{ffff} \"'%_")
            task.content.description = TaskText(stored: "")
            task.content.due = CalendarTime(stored: "2026-12-24T17:00:01[Europe/Berlin]")
            task.content.start = CalendarTime(stored: "2026-12-24T09:00")
            task.content.priority = .medium
            try await store.insert(task)
            let found = try await store.task(task.id, ownedBy: cast.alice)
            #expect(found == task)
            #expect(found?.content.title.text.utf8.elementsEqual(task.content.title.text.utf8) == true)
        }
    }

    /// Other clients have nine priorities.
    @Test func `a priority's own number outlives a change to the same priority`() async throws {
        try await withDatabase { database, store, cast in
            let task = cast.task(1)
            try await store.insert(task)
            func number(after priority: TaskPriority) async throws -> Int64? {
                let change = TaskChanges(priority: priority)
                #expect(try await store.update(task.id, ownedBy: cast.alice, with: change, at: cast.later) != nil)
                return try await database.read { try $0.row("SELECT priority FROM tasks") { $0.integer(0) } }
            }
            #expect(try await number(after: .high) == 1)
            try await database.write { _ = try $0.execute("UPDATE tasks SET priority = 3") }
            #expect(try await number(after: .high) == 3)
            #expect(try await number(after: .low) == 9)
            #expect(try await number(after: .none) == 0)
        }
    }

    @Test func `bob sees, changes and deletes nothing of alice's`() async throws {
        try await withStore { store, cast in
            let task = cast.task(1)
            try await store.insert(task)
            #expect(try await store.task(task.id, ownedBy: cast.bob) == nil)
            #expect(try await store.tasks(ownedBy: cast.bob, matching: TaskQuery()).count == 0)
            let change = TaskChanges(isCompleted: true)
            #expect(try await store.update(task.id, ownedBy: cast.bob, with: change, at: cast.later) == nil)
            #expect(try await !store.delete(task.id, ownedBy: cast.bob, at: cast.later))
            #expect(try await store.delete(task.id, ownedBy: cast.alice, at: cast.later))
            #expect(try await store.restore(task.id, ownedBy: cast.bob) == nil)
            #expect(try await store.restore(task.id, ownedBy: cast.alice) == task)
        }
    }

    @Test func `lists newest first, a page at a time`() async throws {
        try await withStore { store, cast in
            for number in 0..<10 { try await store.insert(cast.task(number, completed: number.isMultiple(of: 3))) }
            try await store.insert(cast.task(99, of: cast.bob))

            let first = try await store.tasks(ownedBy: cast.alice, matching: TaskQuery(limit: 3))
            #expect(first.tasks(of: cast.alice).map(\.content.title.text) == ["Task 9", "Task 8", "Task 7"])
            #expect(next(first) == TaskCursor(id: first.tasks(of: cast.alice)[2].id))
            let second = try await store.tasks(
                ownedBy: cast.alice, matching: TaskQuery(cursor: next(first), limit: 3))
            #expect(second.tasks(of: cast.alice).map(\.content.title.text) == ["Task 6", "Task 5", "Task 4"])
            let last = try await store.tasks(
                ownedBy: cast.alice, matching: TaskQuery(cursor: next(second), limit: 4))
            #expect(last.tasks(of: cast.alice).map(\.content.title.text) == ["Task 3", "Task 2", "Task 1", "Task 0"])
            #expect(next(last) == nil, "it was exactly the last page")
            let done = try await store.tasks(ownedBy: cast.alice, matching: TaskQuery(TaskFilter(isCompleted: true)))
            #expect(done.tasks(of: cast.alice).map(\.content.title.text) == ["Task 9", "Task 6", "Task 3", "Task 0"])
            #expect(next(done) == nil)
            let open = try await store.tasks(
                ownedBy: cast.alice,
                matching: TaskQuery(
                    TaskFilter(isCompleted: false), cursor: TaskCursor(id: done.tasks(of: cast.alice)[1].id), limit: 2))
            #expect(open.tasks(of: cast.alice).map(\.content.title.text) == ["Task 5", "Task 4"])
            #expect(next(open) == TaskCursor(id: open.tasks(of: cast.alice)[1].id))
        }
    }

    private static let orders = [TaskOrder.Key.creation, .lastChange].flatMap { key in
        [true, false].map { TaskOrder(key, isDescending: $0) }
    }

    private func next(_ rows: TaskRows) -> TaskCursor? { rows.nextCursor(after: rows.count, in: .newestFirst) }

    @Test(arguments: orders) func `pages of any size and order make the whole list`(_ order: TaskOrder)
        async throws
    {
        try await withStore { store, cast in
            var random = SplitMix(state: 7)
            for number in 0..<40 {
                var task = cast.task(number, completed: Bool.random(using: &random))
                // Many were changed in the same millisecond.
                task.updatedAt = task.updatedAt.adding(seconds: Int64.random(in: 0..<5, using: &random))
                try await store.insert(task)
            }
            let all = try await store.tasks(ownedBy: cast.alice, matching: TaskQuery(limit: 100)).tasks(of: cast.alice)
            for filter in [TaskFilter(), TaskFilter(isCompleted: true), TaskFilter(isCompleted: false)] {
                let ascending = all.filter { filter.isCompleted == nil || $0.isCompleted == filter.isCompleted }
                    .map { ($0.updatedAt.milliseconds, $0.id.rawValue) }
                    .sorted { order.key == .creation ? $0.1 < $1.1 : $0 < $1 }.map(\.1)
                for limit in [1, 7, 40] {
                    var (found, query) = ([String](), TaskQuery(filter, order: order, limit: limit))
                    repeat {
                        let rows = try await store.tasks(ownedBy: cast.alice, matching: query)
                        found += rows.tasks(of: cast.alice).map(\.id.rawValue)
                        query.cursor = rows.nextCursor(after: rows.count, in: order)
                    } while query.cursor != nil && found.count <= all.count
                    #expect(found == (order.isDescending ? ascending.reversed() : ascending))
                }
            }
        }
    }

    /// Stored times are those of their own zones, and the range is of the reader's.
    @Test func `counts the tasks that a list of a range of times has`() async throws {
        try await withStore { store, cast in
            var random = SplitMix(state: 11)
            let day = try #require(CalendarDate(year: 2026, month: 12, day: 1))
            let zones = ["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin", "America/New_York"]
            for number in 0..<200 {
                let date = day.adding(days: Int.random(in: -6...6, using: &random))
                let local = LocalDateTime(date, secondOfDay: Int.random(in: 0..<86_400, using: &random))
                var task = cast.task(number, completed: number.isMultiple(of: 9))
                task.content.due =
                    switch number % 3 {
                    case 0: .day(date)
                    case 1: .floating(local)
                    default: .zoned(local, zone: zones.randomElement(using: &random) ?? zones[0])
                    }
                try await store.insert(task)
            }
            try await store.insert(cast.task(200))
            for zone in zones {
                for range in [
                    TimeRange(until: day, zone: zone), TimeRange(from: day, zone: zone),
                    TimeRange(from: day, until: day.adding(days: 1), zone: zone),
                    TimeRange(from: day.adding(days: -5), until: day.adding(days: 5), zone: zone),
                ] {
                    var query = TaskQuery(TaskFilter(isCompleted: false))
                    (query.filter.due, query.limit) = (range, 500)
                    let listed = try await store.tasks(ownedBy: cast.alice, matching: query)
                    for maximum in [10, 1000] {
                        let count = try await store.count(ownedBy: cast.alice, matching: query.filter, upTo: maximum)
                        #expect(count == min(listed.count, maximum), "\(range)")
                    }
                }
            }
        }
    }

    @Test func `changes the named fields and leaves the others`() async throws {
        try await withStore { store, cast in
            var task = cast.task(1)
            task.content.description = TaskText(stored: "why")
            try await store.insert(task)

            func update(_ changes: TaskChanges) async throws -> TaskItem? {
                try await store.update(task.id, ownedBy: cast.alice, with: changes, at: cast.later)?.task
            }
            let renamed = try await update(TaskChanges(title: try TaskTitle("New")))
            #expect(renamed?.content.title.text == "New")
            #expect(renamed?.content.description?.text == "why")
            #expect(renamed?.updatedAt == cast.later)
            #expect(renamed?.createdAt == cast.time)
            #expect(try await update(TaskChanges(description: .clear))?.content.description == nil)
            #expect(
                try await update(TaskChanges(description: .set(TaskText(stored: ""))))?.content.description?.text == "")
            #expect(try await update(TaskChanges(isCompleted: true))?.completedAt == cast.later)
            #expect(try await update(TaskChanges(title: try TaskTitle("Newer")))?.completedAt == cast.later)
            #expect(try await update(TaskChanges(isCompleted: false))?.completedAt == nil)
        }
    }

    @Test func `completing twice keeps the first time`() async throws {
        try await withStore { store, cast in
            let task = cast.task(1, completed: true)
            try await store.insert(task)
            let again = try await store.update(
                task.id, ownedBy: cast.alice, with: TaskChanges(isCompleted: true), at: cast.later)
            #expect(again?.task.completedAt == cast.time)
        }
    }

    @Test func `old tasks are deleted from the trash`() async throws {
        try await withStore { store, cast in
            for number in 0..<2 { try await store.insert(cast.task(number)) }
            #expect(try await store.delete(cast.task(0).id, ownedBy: cast.alice, at: cast.time))
            #expect(try await store.delete(cast.task(1).id, ownedBy: cast.alice, at: cast.later))
            #expect(try await store.emptyTrash(before: cast.later) { _ in } == 1)
            #expect(try await store.restore(cast.task(0).id, ownedBy: cast.alice) == nil)
            #expect(try await store.restore(cast.task(1).id, ownedBy: cast.alice) != nil)
        }
    }

    @Test func `wildcards and quotes in an id find nothing`() async throws {
        try await withStore { store, cast in
            try await store.insert(cast.task(1))
            for id in ["%", "t-____", "' OR '1'='1", "t-1001' --"] {
                #expect(try await store.task(TaskID(rawValue: id), ownedBy: cast.alice) == nil)
            }
        }
    }

    @Test func `a task without an existing owner is refused`() async throws {
        try await withStore { store, cast in
            await #expect(throws: AppError.invalidToken) {
                try await store.insert(cast.task(1, of: UserID(rawValue: "nobody")))
            }
        }
    }
}
