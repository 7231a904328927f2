import HTTPServer
import JSON
import NIOHTTP1
import Testing

/// Undoing a change after others: no rule of tasks is broken, and what was not restored is named.
@Suite struct PartialUndoTests {
    private struct Scene {
        let alice: APIClient

        /// - Returns: the id of what was made, and the token that undoes it.
        func makes(_ path: String, _ body: String) async throws -> (id: String, undo: String) {
            let response = await alice.send(.POST, path, json: body)
            #expect(response.status == .created, "\(String(buffer: response.body))")
            guard case .string(let id)? = try response.jsonObject()["id"] else { throw TestSite.Unexpected() }
            return (id, try #require(response.headers["latchkey-undo"].first))
        }

        func does(_ method: HTTPMethod, _ path: String, _ body: String = "") async throws -> String {
            let response = await alice.send(method, path, json: body)
            #expect([200, 204].contains(response.status.code), "\(String(buffer: response.body))")
            return try #require(response.headers["latchkey-undo"].first)
        }

        /// - Returns: the fields that were not restored.
        func undoes(_ token: String) async throws -> [String] {
            let response = await alice.send(.POST, "/api/undo", json: "{\"token\":\"\(token)\"}")
            #expect(response.status == .ok)
            guard case .array(let conflicts)? = try response.jsonObject()["conflicts"] else { return [] }
            return conflicts.flatMap { conflict -> [String] in
                guard case .object(let object) = conflict, case .array(let fields)? = object["fields"] else {
                    return []
                }
                return fields.map { if case .string(let name) = $0 { name } else { "" } }
            }
        }

        func task(_ id: String) async throws -> JSONObject {
            try await alice.send(.GET, "/api/tasks/\(id)").jsonObject()
        }

        func names(_ path: String) async throws -> [JSONValue?] {
            try await alice.send(.GET, path).jsonArray().map { $0["name"] }
        }

        /// True if it can still be changed: a task that breaks a rule cannot.
        func isSound(_ id: String) async -> Bool {
            await alice.send(.PATCH, "/api/tasks/\(id)", json: #"{"title":"still editable"}"#).status == .ok
        }
    }

    private func with(_ work: (Scene) async throws -> Void) async throws {
        try await TestSite.with { site in try await work(Scene(alice: try await site.signUp("alice"))) }
    }

    @Test func `a task that was restored by itself stays in place, which is reported`() async throws {
        try await TestSite.with { site in
            let scene = Scene(alice: try await site.signUp("alice"))
            let (list, _) = try await scene.makes("/api/lists", #"{"name":"Garden"}"#)
            let (task, _) = try await scene.makes("/api/tasks", #"{"title":"a","list_id":"\#(list)"}"#)
            var undo = try await scene.does(.DELETE, "/api/lists/\(list)")
            _ = try await scene.does(.POST, "/api/tasks/\(task)/restore")
            #expect(try await scene.undoes(undo) == ["list_id"])
            #expect(try await scene.task(task)["list_id"] == "inbox")

            let (parent, _) = try await scene.makes("/api/tasks", #"{"title":"parent"}"#)
            let (child, _) = try await scene.makes("/api/tasks", #"{"title":"child","parent_id":"\#(parent)"}"#)
            undo = try await scene.does(.DELETE, "/api/tasks/\(parent)")
            _ = try await scene.does(.POST, "/api/tasks/\(child)/restore")
            #expect(try await scene.undoes(undo) == ["parent_id"])
            #expect(try await scene.task(child)["parent_id"] == .null)
        }
    }

    @Test func `undoing brings a deleted tag back with its task`() async throws {
        try await with { scene in
            let (task, _) = try await scene.makes("/api/tasks", #"{"title":"t","tags":["x"]}"#)
            let token = try await scene.does(.PATCH, "/api/tasks/\(task)", #"{"tags":[]}"#)
            let tag = try await scene.alice.send(.GET, "/api/tags").jsonArray().first?["id"]
            guard case .string(let id)? = tag else { throw TestSite.Unexpected() }
            _ = try await scene.does(.DELETE, "/api/tags/\(id)")
            _ = try await scene.undoes(token)
            #expect(try await scene.task(task)["tags"] == ["x"])
            #expect(try await scene.names("/api/tags") == ["x"])
        }
    }

    @Test func `undoing a tag's new name keeps a tag that another task has by that name`() async throws {
        try await with { scene in
            let (tag, _) = try await scene.makes("/api/tags", #"{"name":"one"}"#)
            let token = try await scene.does(.PATCH, "/api/tags/\(tag)", #"{"name":"two"}"#)
            _ = try await scene.makes("/api/tasks", #"{"title":"t","tags":["two"]}"#)
            _ = try await scene.undoes(token)
            #expect(try await scene.names("/api/tags") == ["one", "two"])
        }
    }

    @Test func `undoing keeps names unique`() async throws {
        try await with { scene in
            for (path, body) in [("/api/lists", #"{"name":"A"}"#), ("/api/views", #"{"name":"A","query":""}"#)] {
                let (first, _) = try await scene.makes(path, body)
                let token = try await scene.does(.DELETE, "\(path)/\(first)")
                _ = try await scene.makes(path, body.replacing("\"A\"", with: "\"a\""))
                #expect(try await scene.undoes(token) == ["name"])
                #expect(try await scene.names(path).contains("A 2"))
            }
        }
    }

    @Test func `dates and repeat are undone together or not at all`() async throws {
        try await with { scene in
            let (task, _) = try await scene.makes("/api/tasks", #"{"title":"t"}"#)
            let token = try await scene.does(
                .PATCH, "/api/tasks/\(task)", #"{"due":{"date":"2099-01-01"},"repeat":{"rrule":"FREQ=DAILY"}}"#)
            _ = try await scene.does(.PATCH, "/api/tasks/\(task)", #"{"repeat":{"rrule":"FREQ=WEEKLY"}}"#)
            #expect(try await scene.undoes(token) == ["due", "repeat"])
            #expect(await scene.isSound(task))

            let (other, _) = try await scene.makes("/api/tasks", #"{"title":"t","due":{"date":"2099-01-01"}}"#)
            let later = try await scene.does(.PATCH, "/api/tasks/\(other)", #"{"due":{"date":"2099-02-01"}}"#)
            _ = try await scene.does(.PATCH, "/api/tasks/\(other)", #"{"start":{"date":"2099-01-15"}}"#)
            #expect(try await scene.undoes(later) == ["due"])
            #expect(await scene.isSound(other))
        }
    }

    @Test func `a completed date stays in the history if its task stays due after it`() async throws {
        try await with { scene in
            let (task, _) = try await scene.makes(
                "/api/tasks", #"{"title":"t","due":{"date":"2099-01-01"},"repeat":{"rrule":"FREQ=DAILY"}}"#)
            let token = try await scene.does(.POST, "/api/tasks/\(task)/complete", "{}")
            _ = try await scene.does(.POST, "/api/tasks/\(task)/complete", "{}")
            #expect(try await scene.undoes(token).contains("due"))
            let again = await scene.alice.send(
                .POST, "/api/tasks/\(task)/complete", json: #"{"due":{"date":"2099-01-01"}}"#)
            #expect(again.status == .ok && again.headers["latchkey-undo"].isEmpty)
        }
    }

    @Test func `undoing keeps a task in its parent's list, and not too deep`() async throws {
        try await with { scene in
            let (list, _) = try await scene.makes("/api/lists", #"{"name":"Home"}"#)
            let (parent, _) = try await scene.makes("/api/tasks", #"{"title":"parent"}"#)
            let (task, _) = try await scene.makes("/api/tasks", "{\"title\":\"t\",\"parent_id\":\"\(parent)\"}")
            // Its parent has moved.
            var token = try await scene.does(.PATCH, "/api/tasks/\(task)", #"{"parent_id":null}"#)
            _ = try await scene.does(.PATCH, "/api/tasks/\(parent)", "{\"list_id\":\"\(list)\"}")
            _ = try await scene.undoes(token)
            #expect(try await scene.task(task)["list_id"] == .string(list))
            #expect(try await scene.task(parent)["progress"] == ["completed": 0, "total": 1])
            // It got subtasks.
            token = try await scene.does(.PATCH, "/api/tasks/\(task)", #"{"parent_id":null}"#)
            var last = task
            for _ in 0..<3 {
                last = try await scene.makes("/api/tasks", "{\"title\":\"t\",\"parent_id\":\"\(last)\"}").id
            }
            #expect(try await scene.undoes(token).contains("parent_id"))
            #expect(try await scene.task(task)["parent_id"] == .null)
        }
    }

    @Test func `subtasks that came later are not orphaned`() async throws {
        try await with { scene in
            let (list, _) = try await scene.makes("/api/lists", #"{"name":"Home"}"#)
            let (task, _) = try await scene.makes("/api/tasks", #"{"title":"t"}"#)
            let move = try await scene.does(.POST, "/api/tasks/\(task)/move", "{\"list_id\":\"\(list)\"}")
            let (subtask, _) = try await scene.makes("/api/tasks", "{\"title\":\"s\",\"parent_id\":\"\(task)\"}")
            _ = try await scene.undoes(move)
            #expect(try await scene.task(subtask)["list_id"] == "inbox")

            _ = try await scene.does(.DELETE, "/api/tasks/\(subtask)")
            _ = try await scene.does(.DELETE, "/api/tasks/\(task)")
            let restore = try await scene.does(.POST, "/api/tasks/\(task)/restore", "{}")
            let (late, _) = try await scene.makes("/api/tasks", "{\"title\":\"late\",\"parent_id\":\"\(task)\"}")
            _ = try await scene.undoes(restore)
            #expect(try await scene.task(late)["parent_id"] == .null)
        }
    }
}
