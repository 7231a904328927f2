import HTTPServer
import JSON
import NIOHTTP1
import Testing

@Suite struct TasksAPITests {
    @Test func `a task is added, changed, completed, deleted and restored`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let created = await alice.send(
                .POST, "/api/users/\(alice.userID)/tasks", json: #"{"title":" Buy milk ","description":"2 l"}"#)
            #expect(created.status == .created)
            let task = try created.jsonObject()
            guard case .string(let id)? = task["id"] else { return #expect(Bool(false)) }
            #expect(created.headers["location"] == ["/api/users/\(alice.userID)/tasks/\(id)"])
            #expect(
                task.members.map(\.name) == [
                    "id", "user_id", "title", "description", "completed", "created_at", "updated_at", "completed_at",
                    "due", "start", "priority", "list_id", "position", "repeat", "tags", "parent_id",
                    "reminders", "progress",
                ])
            #expect(task["title"] == .string("Buy milk"))
            #expect(task["completed"] == .bool(false))
            #expect(task["completed_at"] == .null)

            let path = "/api/tasks/\(id)"
            #expect(try await alice.send(.GET, path).jsonObject() == task)
            let done = try await alice.send(.PATCH, path, json: #"{"completed":true}"#).jsonObject()
            #expect(done["completed"] == .bool(true))
            #expect(done["completed_at"] == done["updated_at"])
            #expect(done["description"] == .string("2 l"))
            let replaced = try await alice.send(.PUT, path, json: #"{"title":"Bread"}"#).jsonObject()
            #expect(replaced["description"] == .null)
            #expect(replaced["completed"] == .bool(false))
            #expect(replaced["created_at"] == task["created_at"])

            let deleted = await alice.send(.DELETE, path)
            #expect(deleted.status == .noContent)
            #expect(deleted.body.readableBytes == 0)
            #expect(await alice.send(.DELETE, path).status == .notFound)
            #expect(await alice.send(.GET, path).detail == "Task not found")
            #expect(try await alice.send(.POST, path + "/restore").jsonObject() == replaced)
            #expect(await alice.send(.GET, path).status == .ok)
        }
    }

    @Test func `dates and priority are kept as they were sent`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let plans: [(sent: String, kept: JSONValue)] = [
                (#"{"date":"2026-12-24"}"#, ["date": "2026-12-24"]),
                (#"{"datetime":"2026-12-24T17:00"}"#, ["datetime": "2026-12-24T17:00"]),
                (#"{"datetime":"2026-12-24T17:00:01"}"#, ["datetime": "2026-12-24T17:00:01"]),
                (
                    #"{"datetime":"2026-12-24T17:00:00","time_zone":"America/Argentina/Buenos_Aires"}"#,
                    ["datetime": "2026-12-24T17:00", "time_zone": "America/Argentina/Buenos_Aires"]
                ), ("null", .null),
            ]
            for (sent, kept) in plans {
                let created = await alice.send(
                    .POST, "/api/tasks", json: #"{"title":"x","due":\#(sent),"start":\#(sent),"priority":"high"}"#)
                #expect(created.status == .created)
                let task = try created.jsonObject()
                #expect(task["due"] == kept && task["start"] == kept && task["priority"] == "high")
                #expect(try await alice.send(.GET, "/api/tasks?limit=1").jsonArray() == [task])

                // A client that was written before there were dates keeps them.
                let path = try #require(created.headers["location"].first)
                let replaced = try await alice.send(.PUT, path, json: #"{"title":"y"}"#).jsonObject()
                #expect(replaced["title"] == "y" && replaced["due"] == kept && replaced["priority"] == "high")
                let renamed = try await alice.send(.PATCH, path, json: #"{"title":"z"}"#).jsonObject()
                #expect(renamed["start"] == kept && renamed["priority"] == "high")
                let cleared = try await alice.send(.PATCH, path, json: #"{"due":null,"priority":null}"#).jsonObject()
                #expect(cleared["due"] == .null && cleared["start"] == kept && cleared["priority"] == "none")
            }
        }
    }

    @Test(arguments: [
        (#"{"due":{"date":"2026-02-29"}}"#, "Field 'due' needs a date that exists"),
        (#"{"due":"2026-12-24"}"#, "must be an object or null"),
        (#"{"due":{"datetime":"2026-12-24"}}"#, "needs a time"),
        (#"{"start":{"datetime":"2026-12-24T10:00","time_zone":"Nowhere"}}"#, "Field 'start' needs a time zone"),
        (#"{"priority":"urgent"}"#, "must be none, low, medium or high"),
        (#"{"priority":1}"#, "must be a string or null"),
        (#"{"due":{"date":"2026-12-24"},"start":{"datetime":"2026-12-24T10:00"}}"#, "must both be days"),
        (#"{"due":{"date":"2026-12-24"},"start":{"date":"2026-12-25"}}"#, "must not be later"),
        (#"{"due":{"date":"2025-12-31"}}"#, "must not be later"),
        (#"{"due":{"datetime":"2027-01-01T10:00"}}"#, "both be days"),
    ])
    func `an impossible plan is refused, and changes nothing`(json: String, sentence: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let created = await alice.send(
                .POST, "/api/tasks", json: #"{"title":"x","start":{"date":"2026-01-01"},"due":{"date":"2026-01-01"}}"#)
            #expect(created.status == .created)
            let path = try #require(created.headers["location"].first)
            let refused = await alice.send(.PATCH, path, json: json)
            #expect(refused.status == .unprocessableEntity)
            #expect(refused.detail.contains(sentence))
            #expect(
                try await alice.send(.GET, "/api/tasks").jsonArray() == [try created.jsonObject()])
        }
    }

    @Test(arguments: [
        "/api/tasks", "/api/tasks/", "/api/users/{id}/tasks", "/api/users/{id}/tasks/", "/api/{id}/tasks",
        "/api/{id}/tasks/",
    ])
    func `all paths lead to one list`(path: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let mine = path.replacing("{id}", with: alice.userID)
            let created = await alice.send(.POST, mine, json: #"{"title":"x"}"#)
            #expect(created.status == .created)
            let location = try #require(created.headers["location"].first)
            #expect(!location.contains("//"))
            #expect(await alice.send(.GET, location).status == .ok)
            #expect(try await alice.send(.GET, mine).jsonArray().count == 1)
        }
    }

    @Test func `another user's path is refused in each seed's words, existing or not`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            let id = try await bob.addTask("secret")
            for user in [bob.userID, "different-user-id", "users"] {
                let seed003 = await alice.send(.GET, "/api/users/\(user)/tasks")
                #expect(seed003.status == .forbidden)
                #expect(seed003.detail == "Access denied: cannot access other users' resources")
                let seed000 = await alice.send(.GET, "/api/\(user)/tasks")
                #expect(seed000.status == .forbidden)
                #expect(seed000.detail == "Forbidden: user_id mismatch")
            }
            #expect(
                await alice.send(.POST, "/api/users/\(bob.userID)/tasks", json: #"{"title":"x"}"#).status == .forbidden)
            for (method, json) in [(HTTPMethod.GET, nil), (.PUT, #"{"title":"x"}"#), (.PATCH, "{}"), (.DELETE, nil)] {
                #expect(await alice.send(method, "/api/tasks/\(id)", json: json).status == .notFound)
            }
            #expect(try await bob.send(.GET, "/api/tasks").jsonArray().count == 1)
        }
    }

    @Test func `a body cannot set a task's owner or creation time`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            let task = try await alice.send(
                .POST, "/api/tasks",
                json:
                    #"{"title":"x","user_id":"\#(bob.userID)","id":"mine","created_at":"1999-01-01T00:00:00Z","completed_at":7}"#
            ).jsonObject()
            #expect(task["user_id"] == .string(alice.userID))
            #expect(task["id"] != .string("mine"))
            #expect(try await bob.send(.GET, "/api/tasks").jsonArray().isEmpty)
        }
    }

    @Test func `pages through a list, newest first, without a gap or a repeat`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for number in 0..<23 {
                _ = try await alice.addTask("Task \(number)", json: #","completed":\#(number.isMultiple(of: 2))"#)
            }
            var titles: [JSONValue?] = []
            var next: String? = "/api/users/\(alice.userID)/tasks?limit=4&completed=true"
            var pages = 0
            while let uri = next {
                let response = await alice.send(.GET, uri)
                #expect(response.status == .ok)
                titles += try response.jsonArray().map { $0["title"] }
                next = response.headers["link"].first.map { link in
                    #expect(link.hasSuffix(">; rel=\"next\""))
                    return String(link.dropFirst().prefix { $0 != ">" })
                }
                pages += 1
            }
            #expect(titles == stride(from: 22, through: 0, by: -2).map { .string("Task \($0)") })
            #expect(pages == 3)
        }
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=+5", "limit"),
        ("limit=5.0", "limit"),
        ("limit=", "limit"), ("limit=99999999999999999999", "limit"), ("completed=yess", "completed"),
        ("completed=", "completed"), ("cursor=", "cursor"), ("cursor=a%20b", "cursor"),
    ])
    func `a parameter of the wrong kind is named`(query: String, name: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let response = await alice.send(.GET, "/api/tasks?\(query)")
            #expect(response.status == .unprocessableEntity)
            #expect(response.detail.contains("'\(name)'"))
            #expect(response.text.contains(#""loc":["query","\#(name)"]"#))
        }
    }

    @Test(arguments: [
        #"{"title":""}"#, #"{"title":"   "}"#, #"{"title":null}"#, #"{"title":5}"#, #"{"title":["x"]}"#, "{}",
        #"{"title":"x","description":5}"#, #"{"title":"x","completed":"true"}"#, #"{"title":"x","completed":null}"#,
        #"{"title":"x","completed":1}"#,
    ])
    func `a field of the wrong kind is 422`(json: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for method in [HTTPMethod.POST, .PUT] {
                let uri = method == .POST ? "/api/tasks" : "/api/tasks/\(try await alice.addTask("y"))"
                let response = await alice.send(method, uri, json: json)
                #expect(response.status == .unprocessableEntity)
                #expect(!response.detail.isEmpty)
            }
        }
    }

    @Test(arguments: [
        "", "{", "nul", #"{"title":"x",}"#, #"{"title":"a\u0000b"}"#, #"{"title":"\ud800"}"#,
        #"{"title":"x","n":1e400}"#,
        #"{"title":"a","title":"b"}"#, String(repeating: "[", count: 1000), "\u{feff}[]", "{\u{feff}}", #""x""#,
    ])
    func `what is not a JSON object is 400`(json: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let response = await alice.send(.POST, "/api/tasks", json: json)
            #expect(response.status == .badRequest)
            #expect(!response.detail.isEmpty)
        }
    }

    @Test func `an id that cannot exist is not found`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for id in [
                "0", "-1", "1e3", "%20", "%F0%9F%A6%8A", "'%20OR%20'1'='1", String(repeating: "a", count: 3000), "%25",
            ] {
                let response = await alice.send(.GET, "/api/tasks/\(id)")
                #expect(response.status == .notFound, "\(id)")
                #expect(response.detail == "Task not found")
            }
        }
    }

    @Test func `an empty patch changes nothing`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let id = try await alice.addTask("x")
            let before = try await alice.send(.GET, "/api/tasks/\(id)").jsonObject()
            #expect(try await alice.send(.PATCH, "/api/tasks/\(id)", json: "{}").jsonObject() == before)
        }
    }
}
