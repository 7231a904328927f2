import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

@Suite struct FindingTasksTests {
    private func titles(_ client: APIClient, _ query: String) async throws -> [String] {
        let response = await client.send(.GET, "/api/tasks?\(query)")
        #expect(response.status == .ok, "\(query): \(String(buffer: response.body))")
        return try response.jsonArray().map { task in
            if case .string(let title)? = task["title"] { title } else { "" }
        }
    }

    private func add(_ client: APIClient, _ title: String, _ fields: String = "") async throws {
        var json = JSONWriter()
        json.string(title)
        let response = await client.send(
            .POST, "/api/tasks", json: "{\"title\":\(String(decoding: json.bytes, as: UTF8.self))\(fields)}")
        #expect(response.status == .created, "\(String(buffer: response.body))")
    }

    /// The clock stands at 22:30 UTC on 27 November 2026: in Berlin it is still that day, in Tokyo the next.
    private func with(_ zone: String, _ work: (APIClient) async throws -> Void) async throws {
        try await TestSite.with { site in
            _ = try await site.signUp("alice")
            let now = try await site.database.read { try $0.row("SELECT created_at FROM users") { $0.integer(0) } }
            site.clock.advance(milliseconds: 1_795_818_600_000 - (now ?? 0))
            try await site.database.write { _ = try $0.execute("UPDATE users SET time_zone = \(zone)") }
            site.services.sessions.forget(.anything)
            let fresh = try await site.signIn("alice")
            try await work(fresh)
        }
    }

    @Test(arguments: ["priority", "due"])
    func `tasks without a value to sort by are newest first, also in a search`(order: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for number in 1...4 { try await add(alice, "milk \(number)") }
            try await add(alice, "milk now", #","priority":"high","due":{"date":"2026-11-27"}"#)
            let expected = ["milk now", "milk 4", "milk 3", "milk 2", "milk 1"]
            #expect(try await titles(alice, "completed=false&sort=\(order)") == expected)
            #expect(try await titles(alice, "q=milk&sort=\(order)") == expected)
        }
    }

    @Test func `days are those of the reader's time zone`() async throws {
        for (zone, today, upcoming) in [
            ("Europe/Berlin", ["yesterday", "today", "late evening"], ["tomorrow"]),
            ("Asia/Tokyo", ["yesterday", "today", "late evening", "tomorrow"], []),
        ] {
            try await with(zone) { alice in
                try await add(alice, "yesterday", #","due":{"date":"2026-11-26"}"#)
                try await add(alice, "today", #","due":{"date":"2026-11-27"}"#)
                try await add(alice, "tomorrow", #","due":{"date":"2026-11-28"}"#)
                // 22:45 UTC.
                try await add(
                    alice, "late evening", #","due":{"datetime":"2026-11-27T23:45","time_zone":"Europe/Berlin"}"#)
                try await add(alice, "some day")
                try await add(alice, "done", #","completed":true,"due":{"date":"2026-11-27"}"#)
                #expect(try await titles(alice, "view=today") == today)
                #expect(try await titles(alice, "view=upcoming") == upcoming)
                #expect(try await titles(alice, "view=anytime") == ["some day"])
                #expect(try await titles(alice, "view=done") == ["done"])
                #expect(try await titles(alice, "view=open").count == 5)
                // Parts that exclude each other leave nothing.
                #expect(try await titles(alice, "view=done&q=is:open").isEmpty)
                #expect(try await titles(alice, "view=today&completed=true").isEmpty)
                #expect(try await titles(alice, "view=upcoming&q=due:2026-11-26").isEmpty)
                #expect(try await titles(alice, "q=due:2026-11-26") == ["yesterday"])
            }
        }
    }

    @Test func `a view that depends on the day has another tag the next day`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let tag = await alice.send(.GET, "/api/tasks?view=today").headers["etag"]
            let plain = await alice.send(.GET, "/api/tasks").headers["etag"]
            site.clock.advance(seconds: 86_400)
            let client = try await site.signIn("alice")
            #expect(await client.send(.GET, "/api/tasks?view=today").headers["etag"] != tag)
            #expect(await client.send(.GET, "/api/tasks").headers["etag"] == plain)
        }
    }

    @Test func `a search finds words by their beginnings, without case and accents`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            try await add(alice, "Crème brûlée kaufen", #","tags":["Süßes"],"description":"für Łódź""#)
            try await add(alice, "Buy milk & bread", #","priority":"high""#)
            try await add(alice, "東京タワー")
            try await add(alice, "O'Brien's \"quote\" AND (stuff) NEAR*")
            try await add(bob, "Bob's crème")
            for (query, found) in [
                ("creme", ["Crème brûlée kaufen"]), ("BRUL+cre", ["Crème brûlée kaufen"]),
                ("suss", ["Crème brûlée kaufen"]), ("lodz", ["Crème brûlée kaufen"]), ("ulee", []),
                ("%E4%BA%AC", ["東京タワー"]), ("%22milk%22", ["Buy milk & bread"]),
                ("obriens+near", ["O'Brien's \"quote\" AND (stuff) NEAR*"]),
                ("milk+OR+creme", []), ("mil*", ["Buy milk & bread"]), ("milk+-bread", ["Buy milk & bread"]),
                ("%23s%C3%BC%C3%9Fes", ["Crème brûlée kaufen"]), ("priority:high", ["Buy milk & bread"]),
                ("has:description+priority:high", []), ("bob", []), ("*", []), ("%22", []),
                ("list:Inbox+milk", ["Buy milk & bread"]), ("list:Nowhere+milk", []),
            ] {
                #expect(try await titles(alice, "q=\(query)") == found, "\(query)")
                #expect(try await titles(alice, "q=\(query)&sort=priority") == found, "\(query)")
                #expect(try await titles(alice, "q=\(query)&sort=created_at") == found, "\(query)")
            }
            // Words follow changes, the trash, and undoing.
            let milk = try #require(try await alice.send(.GET, "/api/tasks?q=milk").jsonArray().first)
            guard case .string(let id)? = milk["id"] else { throw TestSite.Unexpected() }
            let change = await alice.send(.PATCH, "/api/tasks/\(id)", json: #"{"title":"Buy oats"}"#)
            #expect(try await titles(alice, "q=milk").isEmpty)
            #expect(try await titles(alice, "q=oat") == ["Buy oats"])
            let token = try #require(change.headers["latchkey-undo"].first)
            #expect(await alice.send(.POST, "/api/undo", json: #"{"token":"\#(token)"}"#).status == .ok)
            #expect(try await titles(alice, "q=milk").count == 1)
            #expect(await alice.send(.DELETE, "/api/tasks/\(id)").status == .noContent)
            #expect(try await titles(alice, "q=milk").isEmpty)
            #expect(await alice.send(.DELETE, "/api/trash/\(id)").status == .noContent)
            let left = try await site.database.read { connection in
                try connection.row("SELECT COUNT(*) FROM task_words WHERE task_id = \(id)") { $0.integer(0) }
            }
            #expect(left == 0)
        }
    }

    @Test func `pages of every order make the whole list, and no cursor crashes`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            var random = SplitMix(state: 11)
            let dues = [
                "", #","due":{"date":"2026-12-24"}"#, #","due":{"datetime":"2026-12-24T17:00"}"#,
                #","due":{"datetime":"2026-12-23T17:00","time_zone":"Asia/Tokyo"}"#,
            ]
            let priorities = ["", #","priority":"low""#, #","priority":"high""#]
            for number in 0..<60 {
                let fields =
                    (dues.randomElement(using: &random) ?? "") + (priorities.randomElement(using: &random) ?? "")
                    + (random.below(2) == 0 ? #","tags":["t"]"# : "")
                    + (random.below(4) == 0 ? #","completed":true"# : "")
                try await add(alice, "Word \(number)", fields)
            }
            for query in [
                "sort=due", "sort=priority", "list=inbox", "sort=created_at", "", "tag=t&sort=due",
                "q=word&sort=priority",
                "view=open&sort=due", "completed=true&sort=priority", "q=wor", "view=upcoming",
            ] {
                let whole = try await titles(alice, query + "&limit=100")
                var (found, next): ([String], String?) = ([], "/api/tasks?limit=7&" + query)
                while let page = next, found.count <= whole.count {
                    let response = await alice.send(.GET, page)
                    #expect(response.status == .ok)
                    for case .string(let title)? in try response.jsonArray().map({ $0["title"] }) {
                        found.append(title)
                    }
                    next = response.headers["link"].first.map { link in String(link.dropFirst().prefix { $0 != ">" }) }
                }
                #expect(found == whole, "\(query)")
                #expect(Set(found).count == found.count)
                for cursor in [
                    "7fffffff-ffff-ffff-8fff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                    "00000000-0000-0000-0000-000000000000_due_", "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3_priority_99",
                    "x",
                ] {
                    let status = await alice.send(.GET, "/api/tasks?cursor=\(cursor)&\(query)").status
                    #expect([.ok, .unprocessableEntity].contains(status), "\(query) \(cursor)")
                }
            }
        }
    }
}
