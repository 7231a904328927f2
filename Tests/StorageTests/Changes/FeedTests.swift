import Basics
import Domain
import TestSupport
import Testing

@testable import Storage

@Suite struct FeedTests {
    private let alice = UserID(rawValue: "alice")

    private func withStore(_ work: (any Database, SQLTaskStore) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let user = User(
                id: alice, email: EmailAddress(stored: "alice@example.com"), username: nil, isActive: true,
                createdAt: .now(), updatedAt: .now())
            try await SQLAccountStore(database).insert(user, passwordHash: "x", recording: nil)
            try await work(database, SQLTaskStore(database))
        }
    }

    private func task(_ id: String, describedBy length: Int) -> SQL {
        """
        INSERT INTO tasks (id, user_id, title, description, completed, created_at, updated_at)
            VALUES (\(id), 'alice', \(id), \(String(repeating: "d", count: length)), FALSE, 1, 1)
        """
    }

    /// Inserts, changes, trashes and deletes things of all kinds, as another program would.
    private func writeAtRandom(_ count: Int, to database: any Database) async throws {
        try await database.write { connection in
            for number in 0..<count {
                let id = "\(Int.random(in: 0..<60))"
                let name = "name \(UInt64.random(in: 0 ... .max))"
                let statements: [SQL] = [
                    "\(task("t\(id)", describedBy: number % 7 * 1000)) ON CONFLICT DO NOTHING",
                    "UPDATE tasks SET title = \(name), updated_at = 2 WHERE user_id = 'alice' AND id = \("t\(id)")",
                    "UPDATE tasks SET deleted_at = \(Int64.random(in: 1 ... .max)) WHERE user_id = 'alice' AND id = \("t\(id)") AND deleted_at = 0",
                    "DELETE FROM tasks WHERE user_id = 'alice' AND id = \("t\(id)") AND deleted_at > 0",
                    """
                    INSERT INTO tags (id, user_id, name, name_key, created_at, updated_at)
                        VALUES (\("g\(id)"), 'alice', \(name), \(name), 1, 1) ON CONFLICT DO NOTHING
                    """,
                    "UPDATE tags SET name = \(name), name_key = \(name) WHERE user_id = 'alice' AND id = \("g\(id)")",
                    "DELETE FROM tags WHERE user_id = 'alice' AND id = \("g\(id)")",
                    """
                    INSERT INTO lists (id, user_id, name, color, position, created_at, updated_at)
                        VALUES (\("l\(id)"), 'alice', \(name), 'red', \("m\(id)5"), 1, 1) ON CONFLICT DO NOTHING
                    """,
                    "UPDATE lists SET name = \(name) WHERE user_id = 'alice' AND id = \("l\(id)")",
                    "DELETE FROM lists WHERE user_id = 'alice' AND id = \("l\(id)")",
                    """
                    INSERT INTO saved_views (id, user_id, name, query, created_at, updated_at)
                        VALUES (\("v\(id)"), 'alice', \(name), 'view=today', 1, 1) ON CONFLICT DO NOTHING
                    """,
                    "DELETE FROM saved_views WHERE user_id = 'alice' AND id = \("v\(id)")",
                ]
                if let statement = statements.randomElement() { _ = try connection.execute(statement) }
            }
        }
    }

    /// The state of a client that applies the changes, by kind and id.
    private func apply(_ page: FeedPage, to state: inout [String: FeedItem]) {
        for change in page.changes { state["\(change.kind) \(change.id)"] = change.item }
    }

    private func texts(_ state: [String: FeedItem]) -> [String: String] { state.mapValues { "\($0)" } }

    @Test(arguments: [1, 3, 64, 65, 200, 500])
    func `pages of any length lead to the account's state`(limit: Int) async throws {
        try await withStore { database, store in
            var (state, token): ([String: FeedItem], FeedToken?) = ([:], nil)
            for _ in 0..<4 {
                var hasMore = true
                while hasMore {
                    let page = try await store.feed(of: alice, since: token, limit: limit)
                    #expect(page.changes.count <= limit)
                    #expect(Set(page.changes.map { "\($0.kind) \($0.id)" }).count == page.changes.count)
                    apply(page, to: &state)
                    (token, hasMore) = (page.next, page.hasMore)
                }
                var (present, place, isUnread): ([String: FeedItem], FeedToken?, Bool) = ([:], nil, true)
                while isUnread {
                    let page = try await store.feed(of: alice, since: place, limit: 500)
                    apply(page, to: &present)
                    (place, isUnread) = (page.next, page.hasMore)
                }
                #expect(texts(state) == texts(present))
                try await writeAtRandom(300, to: database)
            }
        }
    }

    @Test func `a page with long texts ends early, and the next continues there`() async throws {
        try await withStore { database, store in
            let start = try await store.feedToken(of: alice)
            try await database.write { connection in
                for number in 0..<200 {
                    _ = try connection.execute(task("t\(number)", describedBy: 10_000))
                }
            }
            var (token, ids, pages) = (start, [String](), 0)
            while true {
                let page = try await store.feed(of: alice, since: token, limit: 500)
                let size = page.changes.dropLast().reduce(0) { $0 + $1.size }
                #expect(size < FeedPage.maximumSize)
                ids += page.changes.map(\.id)
                (token, pages) = (page.next, pages + 1)
                guard page.hasMore else { break }
            }
            #expect(pages > 3)
            #expect(ids == (0..<200).map { "t\($0)" })
        }
    }

    @Test func `changes of unknown kinds are skipped`() async throws {
        try await withStore { database, store in
            try await database.write { _ = try $0.execute(task("t", describedBy: 0)) }
            let start = try await store.feedToken(of: alice)
            try await database.write { connection in
                for (sequence, kind) in [(1000, "hologram"), (1001, "view"), (1002, "hologram")] {
                    _ = try connection.execute(
                        """
                        INSERT INTO changes (user_id, sequence, kind, item_id, operation)
                            VALUES ('alice', \(Int64(sequence)), \(kind), 'x', 'updated')
                        """)
                }
            }
            let page = try await store.feed(of: alice, since: start, limit: 500)
            #expect(page.changes.map(\.kind) == [.view])
            #expect(page.changes.first?.item == nil)
            #expect((page.next.sequence, page.hasMore) == (1002, false))
            let first = try await store.feed(of: alice, since: start, limit: 1)
            #expect(first.changes.isEmpty && first.hasMore && first.next.sequence == 1000)
        }
    }
}
