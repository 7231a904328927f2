import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

@Suite struct UndoTests {
    /// All data of an account, without the times of last changes.
    private func state(of client: APIClient) async throws -> [String: [String]] {
        var state: [String: [String]] = [:]
        for path in ["/api/lists", "/api/tags", "/api/views", "/api/tasks?limit=100", "/api/trash?limit=100"] {
            var (next, rows): (String?, [String]) = (path, [])
            while let page = next {
                let response = await client.send(.GET, page)
                #expect(response.status == .ok)
                for object in try response.jsonArray() {
                    let members = object.members.filter { $0.name != "updated_at" }
                    var json = JSONWriter()
                    json.value(.object(JSONObject(members)))
                    rows.append(String(decoding: json.bytes, as: UTF8.self))
                }
                next = response.headers["link"].first.map { link in String(link.dropFirst().prefix { $0 != ">" }) }
            }
            state[path] = rows
        }
        return state
    }

    private struct Ids {
        var tasks: [String] = []
        var trash: [String] = []
        var lists: [String] = ["inbox"]
        var tags: [String] = []
        var views: [String] = []
    }

    private func ids(of client: APIClient) async throws -> Ids {
        func all(_ path: String) async throws -> [String] {
            try await client.send(.GET, path).jsonArray().compactMap {
                guard case .string(let id)? = $0["id"] else { return nil }
                return id
            }
        }
        return Ids(
            tasks: try await all("/api/tasks?limit=100"), trash: try await all("/api/trash?limit=100"),
            lists: try await all("/api/lists"), tags: try await all("/api/tags"), views: try await all("/api/views"))
    }

    private static let names = ["Errand", "errand", "Groceries", "café", "Work 2", "日本", "x"]
    private static let dues = [
        #"{"date":"2026-12-24"}"#, #"{"datetime":"2026-12-31T23:30","time_zone":"America/New_York"}"#,
        #"{"datetime":"2026-01-05T09:00"}"#, "null",
    ]
    private static let rules = [
        "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=DAILY;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY",
    ]

    /// A request that changes something, most of the time.
    private func request(_ known: Ids, _ random: inout SplitMix) -> (HTTPMethod, String, String) {
        func one(_ texts: [String]) -> String {
            texts.randomElement(using: &random) ?? "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"
        }
        func fields() -> String {
            var all: [String] = []
            if random.below(2) == 0 { all.append(#""title":"\#(one(Self.names)) \#(random.below(9))""#) }
            if random.below(3) == 0 { all.append(#""description":"\#(one(Self.names))""#) }
            if random.below(3) == 0 { all.append(#""tags":["\#(one(Self.names))","\#(one(Self.names))"]"#) }
            if random.below(6) == 0 {
                all.append(#""repeat":null,"due":null"#)
            } else {
                if random.below(3) == 0 { all.append(#""due":\#(one(Self.dues))"#) }
                if random.below(4) == 0 { all.append(#""repeat":{"rrule":"\#(one(Self.rules))"}"#) }
            }
            if random.below(5) == 0 { all.append(#""start":\#(one(Self.dues + ["null"]))"#) }
            if random.below(5) == 0 { all.append(#""reminders":[{"before":"PT30M"},{"at":\#(one(Self.dues))}]"#) }
            if random.below(3) == 0 { all.append(#""priority":"\#(one(["none", "low", "high"]))""#) }
            if random.below(4) == 0 { all.append(#""list_id":"\#(one(known.lists))""#) }
            if random.below(4) == 0 { all.append(#""parent_id":"\#(one(known.tasks))""#) }
            if random.below(4) == 0 { all.append(#""completed":\#(one(["true", "false"]))"#) }
            return all.joined(separator: ",")
        }
        func titled() -> String {
            let more = fields().replacing("\"title\":", with: "\"note\":")
            return "{\"title\":\"\(one(Self.names))\"\(more.isEmpty ? "" : ",")\(more)}"
        }
        switch random.below(23) {
        case 20: return (.PUT, "/api/tasks/\(one(known.tasks))", titled())
        case 21:
            let ids = (0..<3).map { _ in "\"\(one(known.tasks))\"" }.joined(separator: ",")
            let change = one([
                #""complete":true"#, #""delete":true"#, #""set":{"priority":"low","due":\#(one(Self.dues))}"#,
                #""move":{"list_id":"\#(one(known.lists))"}"#, #""tag":{"add":["\#(one(Self.names))"]}"#,
            ])
            return (.POST, "/api/tasks/bulk", "{\"ids\":[\(ids)],\(change)}")
        case 22: return (.PATCH, "/api/lists/\(one(known.lists))", #"{"archived":\#(one(["true", "false"]))}"#)
        case 0..<6: return (.POST, "/api/tasks", titled())
        case 6..<10: return (.PATCH, "/api/tasks/\(one(known.tasks))", "{\(fields())}")
        case 10: return (.POST, "/api/tasks/\(one(known.tasks))/complete", "{}")
        case 11: return (.POST, "/api/tasks/\(one(known.tasks))/skip", "{}")
        case 12:
            let place = random.below(2) == 0 ? "before" : "after"
            return (.POST, "/api/tasks/\(one(known.tasks))/move", #"{"\#(place)":"\#(one(known.tasks))"}"#)
        case 13: return (.DELETE, "/api/tasks/\(one(known.tasks))", "")
        case 14: return (.POST, "/api/tasks/\(one(known.trash))/restore", "{}")
        case 15: return (.POST, "/api/lists", #"{"name":"\#(one(Self.names)) \#(random.below(5))","color":"teal"}"#)
        case 16:
            return random.below(2) == 0
                ? (.DELETE, "/api/lists/\(one(known.lists))", "")
                : (
                    .PATCH, "/api/lists/\(one(known.lists))",
                    #"{"name":"\#(one(Self.names))","before":"\#(one(known.lists))"}"#
                )
        case 17: return (.PATCH, "/api/tags/\(one(known.tags))", #"{"name":"\#(one(Self.names))"}"#)
        case 18: return (.DELETE, "/api/tags/\(one(known.tags))", "")
        default:
            return random.below(3) == 0
                ? (.DELETE, "/api/views/\(one(known.views))", "")
                : (.POST, "/api/views", #"{"name":"\#(one(Self.names)) \#(random.below(9))","query":"view=today"}"#)
        }
    }

    @Test(arguments: 1...UInt64(2 * fuzzFactor))
    func `undoing any changes in reverse order restores the earlier state`(seed: UInt64) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            var random = SplitMix(state: seed)
            var (states, tokens) = ([try await state(of: alice)], [String]())
            var statuses: [Int: Int] = [:]
            for _ in 0..<500 {
                let (method, path, body) = request(try await ids(of: alice), &random)
                let response = await alice.send(method, path, json: body)
                statuses[Int(response.status.code), default: 0] += 1
                #expect(
                    [200, 201, 204, 403, 404, 422].contains(Int(response.status.code)), "\(method) \(path) \(body)")
                guard let token = response.headers["latchkey-undo"].first else { continue }
                tokens.append(token)
                states.append(try await state(of: alice))
                site.clock.advance(seconds: 1)
            }
            #expect(tokens.count > 200, "\(statuses)")
            var redo: [String] = []
            for token in tokens.reversed() {
                let after = states.removeLast()
                let now = try await state(of: alice)
                for (path, rows) in now where rows != after[path] {
                    let (new, old) = (Set(rows), Set(after[path] ?? []))
                    Issue.record("\(path): \(new.subtracting(old)) in place of \(old.subtracting(new))")
                }
                let response = await alice.send(.POST, "/api/undo", json: #"{"token":"\#(token)"}"#)
                #expect(response.status == .ok)
                #expect(try response.jsonObject()["conflicts"] == .array([]))
                redo.append(try #require(response.headers["latchkey-undo"].first))
            }
            let first = states.removeLast()
            #expect(try await state(of: alice) == first)
            // Undoing the last undoing makes the first change again.
            let last = try #require(redo.last)
            #expect(await alice.send(.POST, "/api/undo", json: #"{"token":"\#(last)"}"#).status == .ok)
            #expect(try await state(of: alice) != first)
        }
    }

    @Test func `fields that were changed again stay, and are named`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let task = try await alice.send(.POST, "/api/tasks", json: #"{"title":"Milk"}"#).jsonObject()
            guard case .string(let id)? = task["id"] else { return #expect(Bool(false)) }
            let change = await alice.send(.PATCH, "/api/tasks/\(id)", json: #"{"title":"Bread","priority":"high"}"#)
            let token = try #require(change.headers["latchkey-undo"].first)
            #expect(await alice.send(.PATCH, "/api/tasks/\(id)", json: #"{"title":"Butter"}"#).status == .ok)
            let undone = await alice.send(.POST, "/api/undo", json: #"{"token":"\#(token)"}"#)
            #expect(undone.status == .ok)
            #expect(
                String(buffer: undone.body)
                    == #"{"restored":1,"conflicts":[{"type":"task","id":"\#(id)","fields":["title"],"restored":true}]}"#
            )
            let now = try await alice.send(.GET, "/api/tasks/\(id)").jsonObject()
            #expect(now["title"] == "Butter" && now["priority"] == "none")
        }
    }

    @Test func `an undo token is valid for its owner, for a day`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            let added = await alice.send(.POST, "/api/tasks", json: #"{"title":"Milk"}"#)
            let token = try #require(added.headers["latchkey-undo"].first)
            let body = #"{"token":"\#(token)"}"#
            #expect(await bob.send(.POST, "/api/undo", json: body).status == .notFound)
            #expect(await bob.send(.POST, "/api/undo", json: #"{"token":"' OR 1=1 --"}"#).status == .notFound)
            site.clock.advance(seconds: 86_401)
            #expect(await alice.send(.POST, "/api/undo", json: body).status == .notFound)
            try await site.services.tasks.deleteExpired()
            let left = try await site.database.read { try $0.row("SELECT COUNT(*) FROM undo_steps") { $0.integer(0) } }
            #expect(left == 0)
        }
    }

    @Test func `undoing twice is undoing once`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let added = await alice.send(.POST, "/api/tasks", json: #"{"title":"Milk","tags":["a"]}"#)
            let token = try #require(added.headers["latchkey-undo"].first)
            for isFirst in [true, false] {
                let undone = await alice.send(.POST, "/api/undo", json: #"{"token":"\#(token)"}"#)
                #expect(undone.status == .ok)
                #expect(try undone.jsonObject()["restored"] == .integer(isFirst ? 2 : 0))
                #expect(undone.headers["latchkey-undo"].isEmpty == !isFirst)
            }
            #expect(try await alice.send(.GET, "/api/tags").jsonArray().isEmpty)
        }
    }
}
