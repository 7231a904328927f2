import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

@Suite struct SubtaskTests {
    private func add(_ client: APIClient, _ title: String, _ fields: String = "") async throws -> String {
        let response = await client.send(.POST, "/api/tasks", json: "{\"title\":\"\(title)\"\(fields)}")
        #expect(response.status == .created, "\(String(buffer: response.body))")
        guard case .string(let id)? = try response.jsonObject()["id"] else { throw TestSite.Unexpected() }
        return id
    }

    private func titles(_ client: APIClient, _ path: String) async throws -> [String] {
        try await client.send(.GET, path).jsonArray().map { task in
            if case .string(let title)? = task["title"] { title } else { "" }
        }
    }

    @Test func `an impossible parent or position is refused with the reason`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let task = try await add(alice, "a")
            guard
                case .string(let list)? = try await alice.send(.POST, "/api/lists", json: #"{"name":"Garden"}"#)
                    .jsonObject()["id"]
            else { throw TestSite.Unexpected() }
            for (method, path, body, sentence) in [
                (
                    HTTPMethod.PATCH, "/api/lists/\(list)", #"{"before":"inbox"}"#,
                    "The Inbox is always first: choose another list."
                ),
                (
                    .PATCH, "/api/lists/inbox", "{\"after\":\"\(list)\"}",
                    "The Inbox is always first: choose another list."
                ),
                (
                    .PATCH, "/api/lists/\(list)", "{\"after\":\"\(list)\"}",
                    "A list cannot be placed before or after itself."
                ),
                (
                    .POST, "/api/tasks/\(task)/move", "{\"after\":\"\(task)\"}",
                    "A task cannot be placed before or after itself."
                ),
                (
                    .POST, "/api/tasks/bulk", "{\"ids\":[\"\(task)\"],\"move\":{\"list_id\":\"nope\"}}",
                    "There is no such list."
                ),
            ] {
                let response = await alice.send(method, path, json: body)
                #expect(response.status == .unprocessableEntity)
                #expect(try response.jsonObject()["detail"] == .string(sentence))
            }
        }
    }

    @Test func `subtasks are at most three deep, and never in a circle`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            var chain = [try await add(alice, "0")]
            for level in 1...3 {
                chain.append(try await add(alice, "\(level)", ",\"parent_id\":\"\(chain[level - 1])\""))
            }
            let deeper = await alice.send(.POST, "/api/tasks", json: "{\"title\":\"4\",\"parent_id\":\"\(chain[3])\"}")
            #expect(deeper.status == .unprocessableEntity)
            for child in chain {
                let circle = await alice.send(
                    .PATCH, "/api/tasks/\(chain[0])", json: "{\"parent_id\":\"\(child)\"}")
                #expect(circle.status == .unprocessableEntity)
            }
            let other = try await add(alice, "other")
            let moved = await alice.send(.PATCH, "/api/tasks/\(chain[0])", json: "{\"parent_id\":\"\(other)\"}")
            #expect(moved.status == .unprocessableEntity, "three levels below it are one too many")
            #expect(
                await alice.send(.PATCH, "/api/tasks/\(chain[1])", json: "{\"parent_id\":\"\(other)\"}").status == .ok)
        }
    }

    @Test func `subtasks follow their parent into the trash, out of it, and into another list`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let list = try await alice.send(.POST, "/api/lists", json: #"{"name":"Home"}"#).jsonObject()
            guard case .string(let home)? = list["id"] else { throw TestSite.Unexpected() }
            let parent = try await add(alice, "parent")
            let child = try await add(alice, "child", ",\"parent_id\":\"\(parent)\"")
            _ = try await add(alice, "grandchild", ",\"parent_id\":\"\(child)\"")
            #expect(
                await alice.send(.POST, "/api/tasks/\(parent)/move", json: "{\"list_id\":\"\(home)\"}").status == .ok)
            #expect(
                try await titles(alice, "/api/tasks?list=\(home)&sort=created_at") == ["parent", "child", "grandchild"])
            #expect(try await titles(alice, "/api/tasks?list=inbox").isEmpty)
            #expect(await alice.send(.DELETE, "/api/tasks/\(parent)").status == .noContent)
            #expect(try await titles(alice, "/api/trash").count == 3)
            #expect(await alice.send(.POST, "/api/tasks/\(parent)/restore").status == .ok)
            #expect(try await titles(alice, "/api/tasks").count == 3)

            // A subtask that comes back without its parent is a task of its own.
            #expect(await alice.send(.DELETE, "/api/tasks/\(parent)").status == .noContent)
            let restored = try await alice.send(.POST, "/api/tasks/\(child)/restore").jsonObject()
            #expect(restored["parent_id"] == .null)
            #expect(await alice.send(.DELETE, "/api/trash").status == .noContent)
            #expect(try await titles(alice, "/api/trash").isEmpty)
        }
    }

    @Test func `moves keep the order whole, also many into one gap`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            var (order, random) = ([String](), SplitMix(state: 3))
            for number in 0..<6 { order.insert(try await add(alice, "\(number)"), at: 0) }
            for step in 0..<300 {
                let moved = order[random.below(6)]
                let others = order.filter { $0 != moved }
                // Mostly behind the first.
                let place = step.isMultiple(of: 3) ? random.below(5) : 0
                let response = await alice.send(
                    .POST, "/api/tasks/\(moved)/move", json: "{\"after\":\"\(others[place])\"}")
                #expect(response.status == .ok)
                order = others
                order.insert(moved, at: place + 1)
            }
            let ids = try await alice.send(.GET, "/api/tasks?list=inbox").jsonArray().map { $0["id"] }
            #expect(ids == order.map { .string($0) })
            // New ones come first even so.
            let newest = try await add(alice, "newest")
            #expect(try await alice.send(.GET, "/api/tasks?list=inbox").jsonArray().first?["id"] == .string(newest))
        }
    }
}
