import HTTPServer
import JSON
import NIOHTTP1
import Testing

@Suite struct BulkTests {
    private func add(_ client: APIClient, _ count: Int) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            let response = await client.send(.POST, "/api/tasks", json: "{\"title\":\"Task \(number)\"}")
            guard case .string(let id)? = try response.jsonObject()["id"] else { throw TestSite.Unexpected() }
            ids.append(id)
        }
        return ids
    }

    private func list(_ ids: [String]) -> String { "[" + ids.map { "\"\($0)\"" }.joined(separator: ",") + "]" }

    @Test func `changes all tasks or none, and undoes all at once`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            let ids = try await add(alice, 8)
            let others = try await add(bob, 1)
            let wrong = await alice.send(
                .POST, "/api/tasks/bulk", json: "{\"ids\":\(list(ids + others)),\"complete\":true}")
            #expect(wrong.status == .notFound)
            #expect(try wrong.jsonObject()["missing"] == [.string(others[0])])
            #expect(try await alice.send(.GET, "/api/tasks?completed=true").jsonArray().isEmpty)
            // A start without a date beside it is fine; after the due date it is not, for one of them.
            _ = await alice.send(.PATCH, "/api/tasks/\(ids[3])", json: #"{"due":{"date":"2026-01-01"}}"#)
            let late = await alice.send(
                .POST, "/api/tasks/bulk", json: "{\"ids\":\(list(ids)),\"set\":{\"start\":{\"date\":\"2026-06-01\"}}}")
            #expect(late.status == .unprocessableEntity)

            let done = await alice.send(
                .POST, "/api/tasks/bulk", ["idempotency-key": "k"],
                json:
                    "{\"ids\":\(list(ids)),\"complete\":true,\"tag\":{\"add\":[\"x\"]},\"set\":{\"priority\":\"low\"}}")
            #expect(done.status == .ok)
            #expect(try done.jsonObject()["count"] == 8)
            #expect(try await alice.send(.GET, "/api/tasks?completed=true&tag=x").jsonArray().count == 8)
            let token = try #require(done.headers["latchkey-undo"].first)
            #expect(await alice.send(.POST, "/api/undo", json: "{\"token\":\"\(token)\"}").status == .ok)
            #expect(try await alice.send(.GET, "/api/tasks?completed=true").jsonArray().isEmpty)
            #expect(try await alice.send(.GET, "/api/tags").jsonArray().isEmpty)
        }
    }

    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
    func `subtasks go along with a parent that is selected too, in any order`(order: [Int]) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            guard
                case .string(let home)? = try await alice.send(.POST, "/api/lists", json: #"{"name":"Home"}"#)
                    .jsonObject()["id"]
            else { throw TestSite.Unexpected() }
            func add(_ title: String, _ fields: String) async throws -> String {
                let response = await alice.send(.POST, "/api/tasks", json: "{\"title\":\"\(title)\"\(fields)}")
                guard case .string(let id)? = try response.jsonObject()["id"] else { throw TestSite.Unexpected() }
                return id
            }
            let parent = try await add(
                "parent", #","due":{"date":"2026-11-20"},"repeat":{"rrule":"FREQ=DAILY","from":"due"}"#)
            let child = try await add("child", ",\"parent_id\":\"\(parent)\"")
            let grandchild = try await add("grandchild", ",\"parent_id\":\"\(child)\"")
            let ids = [parent, child, grandchild, try await add("other", "")]
            let selected = list(order.map { ids[$0] })
            func tasks() async throws -> [String: JSONObject] {
                var found: [String: JSONObject] = [:]
                for id in ids { found[id] = try await alice.send(.GET, "/api/tasks/\(id)").jsonObject() }
                return found
            }

            let moved = await alice.send(
                .POST, "/api/tasks/bulk", json: "{\"ids\":\(selected),\"move\":{\"list_id\":\"\(home)\"}}")
            #expect(moved.status == .ok)
            var found = try await tasks()
            #expect(found[child]?["parent_id"] == .string(parent))
            #expect(found[grandchild]?["parent_id"] == .string(child))
            #expect(ids.allSatisfy { found[$0]?["list_id"] == .string(home) })

            let completed = await alice.send(
                .POST, "/api/tasks/bulk", json: "{\"ids\":\(selected),\"complete\":true}")
            #expect(completed.status == .ok)
            // The parent repeats, and begins anew with its subtasks.
            found = try await tasks()
            #expect(ids.map { found[$0]?["completed"] } == [false, false, false, true])

            // A subtask that was added to a completed task is open, and is completed like any other.
            let late = try await add("late", ",\"parent_id\":\"\(ids[3])\"")
            let both = list(order[0] > order[1] ? [late, ids[3]] : [ids[3], late])
            let done = await alice.send(.POST, "/api/tasks/bulk", json: "{\"ids\":\(both),\"complete\":true}")
            #expect(done.status == .ok)
            #expect(try await alice.send(.GET, "/api/tasks/\(late)").jsonObject()["completed"] == true)
        }
    }

    /// Random trees, in more parts than one is read ahead.
    @Test(arguments: ["complete", "delete", "move", "tag and set"])
    func `a bulk change equals changing each task, and is undone as one`(kind: String) async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await Forest.plant(site, "alice"), try await Forest.plant(site, "bob"))
            let before = try await alice.state()
            #expect(try await bob.state() == before)

            let change = alice.change(kind)
            let response = await alice.client.send(
                .POST, "/api/tasks/bulk", json: "{\"ids\":\(list(alice.selected.map { alice.ids[$0] })),\(change)}")
            #expect(response.status == .ok)
            try await bob.changeEach(kind)
            let after = try await alice.state()
            #expect(after != before)
            #expect(try await bob.state() == after)

            let token = try #require(response.headers["latchkey-undo"].first)
            let undone = await alice.client.send(.POST, "/api/undo", json: "{\"token\":\"\(token)\"}")
            #expect(undone.status == .ok)
            #expect(try undone.jsonObject()["conflicts"] == .array([]))
            #expect(try await alice.state() == before)
        }
    }

    @Test func `a null member is reported as one error`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for (path, body) in [
                ("bulk", #"{"ids":null,"delete":true}"#), ("bulk", #"{"filter":{},"expect":null,"delete":true}"#),
                ("preview-repeat", #"{"rrule":"FREQ=DAILY","start":null}"#),
            ] {
                let refused = await alice.send(.POST, "/api/tasks/\(path)", json: body)
                #expect(refused.status == .unprocessableEntity)
                guard case .array(let errors)? = try refused.jsonObject()["errors"] else {
                    throw TestSite.Unexpected()
                }
                #expect(errors.count == 1, "\(body)")
            }
        }
    }

    @Test func `a filter says how many it expects`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            _ = try await add(alice, 5)
            let filter = #""filter":{"q":"task","completed":false}"#
            let refused = await alice.send(.POST, "/api/tasks/bulk", json: "{\(filter),\"expect\":4,\"delete\":true}")
            #expect(refused.status == .conflict)
            #expect(try refused.jsonObject()["count"] == 5)
            #expect(
                await alice.send(.POST, "/api/tasks/bulk", json: "{\(filter),\"expect\":5,\"delete\":true}").status
                    == .ok)
            #expect(try await alice.send(.GET, "/api/trash").jsonArray().count == 5)
        }
    }

    @Test(arguments: [
        "{}", #"{"ids":[]}"#, #"{"ids":["x"],"delete":true}"#, #"{"filter":{},"delete":true}"#,
        #"{"filter":{"bogus":"x"},"expect":1,"delete":true}"#, #"{"filter":{"view":"x"},"expect":1,"delete":true}"#,
        #"{"ids":["0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"],"delete":true,"complete":true}"#,
        #"{"ids":["0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"],"set":{"description":"x"}}"#,
        #"{"ids":["0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"],"move":{}}"#,
        #"{"ids":["0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"],"set":{"priority":"urgent"}}"#,
    ])
    func `an invalid change is refused`(body: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            #expect(await alice.send(.POST, "/api/tasks/bulk", json: body).status == .unprocessableEntity)
        }
    }
}
