import Basics
import Domain
import Glibc
import Metrics
import Storage
import TestSupport
import Testing

@Suite struct TaskWordsTests {
    private static let owner = UserID(rawValue: "alice")
    private static let time = Timestamp(milliseconds: 1_800_000_000_000)

    private struct Refused: Error {}

    @Test(arguments: 1...4)
    func `tasks that are changed in one commit are found by their words, and nothing else`(seed: UInt64) async throws {
        try await TestDatabase.with { database in
            try await Self.addOwner(to: database)
            let store = SQLTaskStore(database)
            var random = SplitMix(state: seed)
            for _ in 0..<3 * fuzzFactor {
                let steps = (0..<40).map { _ in Step(&random) }
                try await Self.together(on: database, steps) { step in
                    do { try await Self.perform(step, on: store) } catch is Refused {}
                }
                try await Self.compare(database, store)
            }
        }
    }

    @Test func `tasks whose ids have a common prefix are all found`() async throws {
        try await TestDatabase.with { database in
            try await Self.addOwner(to: database)
            let store = SQLTaskStore(database)
            let digits = "0123456789ab"
            let ids = digits.map { TaskID(rawValue: "018f0000-0000-7000-8000-00000000000\($0)") }
            try await Self.together(on: database, ids) { id in
                try await Self.write(store) { try $0.insert(Self.task(id, "apple")) }
            }
            try await Self.compare(database, store)
        }
    }

    @Test func `the words of more tasks than one statement takes are all indexed`() async throws {
        try await TestDatabase.with { database in
            try await Self.addOwner(to: database)
            let store = SQLTaskStore(database)
            try await Self.write(store) { transaction in
                for number in 100..<300 {
                    let id = TaskID(rawValue: "018f0000-0\(number)-7000-8000-000000000000")
                    try transaction.insert(Self.task(id, "apple"))
                }
            }
            #expect(try await Self.countOfWords(in: database) == 200)
        }
    }

    @Test func `an account that is deleted along with new tasks leaves no words`() async throws {
        try await TestDatabase.with { database in
            try await Self.addOwner(to: database)
            let store = SQLTaskStore(database)
            try await Self.together(on: database, Array(0..<10)) { number in
                if number == 9 {
                    try await Task.sleep(for: .milliseconds(2))
                    try await database.write { _ = try $0.execute("DELETE FROM users WHERE id = \(Self.owner)") }
                } else {
                    let id = TaskID(rawValue: "018f0000-000\(number)-7000-8000-000000000000")
                    // Refused after the deletion.
                    try? await Self.write(store) { try $0.insert(Self.task(id, "apple")) }
                }
            }
            try await Self.compare(database, store)
        }
    }

    /// A random change of one of a few tasks.
    private struct Step: Sendable {
        enum Kind: CaseIterable { case create, refuse, retitle, delete, search }

        let kind: Kind
        let id: TaskID
        let title: String

        init(_ random: inout SplitMix) {
            kind = Kind.allCases.randomElement(using: &random) ?? .create
            let number = Int.random(in: 100...120, using: &random)
            // Two ids each have the same time and counter.
            id = TaskID(rawValue: "018f0000-0\(number / 2 + 100)-7000-8000-000000000\(number)")
            title = (0..<3).map { _ in TaskWordsTests.words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        }
    }

    private static let words = ["apple", "apricot", "banana", "cherry", "date"]

    private static func perform(_ step: Step, on store: SQLTaskStore) async throws {
        try await write(store) { transaction in
            let task = try transaction.task(step.id)
            switch step.kind {
            case .create: if task == nil { try transaction.insert(self.task(step.id, step.title)) }
            case .refuse:
                if task == nil { try transaction.insert(self.task(step.id, step.title)) }
                _ = try transaction.tasks(matching: query("apple"))
                throw Refused()
            case .retitle:
                guard let task else { return }
                var changed = task
                changed.content.title = TaskTitle(stored: step.title)
                try transaction.replace(task, with: changed)
            case .delete: if let task { try transaction.deleteForGood(task) }
            case .search:
                if task == nil { try transaction.insert(self.task(step.id, step.title)) }
                let found = try transaction.tasks(matching: query("apple")).tasks(of: owner).map(\.id)
                let title = try transaction.task(step.id)?.content.title.text ?? ""
                #expect(found.contains(step.id) == title.contains("apple"), "\(step)")
            }
        }
    }

    /// Starts all at the same time, so that SQLite's writer takes them as one group.
    private static func together<Item: Sendable>(
        on database: any Database, _ items: [Item], _ work: @escaping @Sendable (Item) async throws -> Void
    ) async throws {
        let begun = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await database.write { _ in
                    while begun.value < items.count { usleep(100) }
                    usleep(5000)
                }
            }
            for item in items {
                group.addTask {
                    begun.increment()
                    try await work(item)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Compares what is found by each word, and the index itself, with the tasks.
    private static func compare(_ database: any Database, _ store: SQLTaskStore) async throws {
        let tasks = try await store.tasks(ownedBy: owner, matching: TaskQuery(limit: 1000)).tasks(of: owner)
        for word in words + ["ap", "ban"] {
            let found = try await store.tasks(ownedBy: owner, matching: query(word)).tasks(of: owner)
            let expected = tasks.filter { $0.content.title.text.split(separator: " ").contains { $0.hasPrefix(word) } }
            #expect(Set(found.map(\.id)) == Set(expected.map(\.id)), "\(word)")
            #expect(found.count == expected.count, "\(word)")
        }
        #expect(try await countOfWords(in: database) == tasks.count)
    }

    /// Fails if SQLite's index does not match the words.
    private static func countOfWords(in database: any Database) async throws -> Int {
        if !database.isShared {
            _ = try await database.write {
                try $0.execute("INSERT INTO task_search (task_search, rank) VALUES ('integrity-check', 1)")
            }
        }
        return Int(try await database.read { try $0.row("SELECT COUNT(*) FROM task_words") { $0.integer(0) } } ?? 0)
    }

    private static func query(_ word: String) -> TaskQuery {
        var query = TaskQuery(limit: 1000)
        query.filter.words = [word]
        return query
    }

    private static func task(_ id: TaskID, _ title: String) -> TaskItem {
        TaskItem(
            id: id, ownerID: owner, content: TaskContent(title: TaskTitle(stored: title), description: nil),
            completedAt: nil, createdAt: time, updatedAt: time)
    }

    private static let ids = UUIDv7Generator()

    private static func write(
        _ store: SQLTaskStore, _ work: @escaping @Sendable (any TaskTransaction) throws -> Void
    ) async throws {
        let undo = UndoID(rawValue: ids.next(at: time))
        _ = try await store.write(owner, undo: undo, at: time, once: nil as RepeatableWrite<Void>?, work)
    }

    private static func addOwner(to database: any Database) async throws {
        let session = Session(
            id: SessionID(rawValue: "s"), userID: owner, createdAt: time, updatedAt: time, expiresAt: time,
            ipAddress: "", userAgent: "")
        try await SQLAccountStore(database).insert(
            User(
                id: owner, email: EmailAddress(stored: "alice@example.com"), username: nil, isActive: true,
                createdAt: time, updatedAt: time), passwordHash: "x",
            session: NewSession(session: session, tokenDigest: nil))
    }
}
