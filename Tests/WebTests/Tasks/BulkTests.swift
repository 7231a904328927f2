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

    @Test func `changes all of them or none, and undoes all at once`() async throws {
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
    func `what is no change is refused`(body: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            #expect(await alice.send(.POST, "/api/tasks/bulk", json: body).status == .unprocessableEntity)
        }
    }
}
