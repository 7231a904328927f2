import Domain
import JSON
import NIOHTTP1
import Testing

@Suite struct IdempotencyTests {
    @Test func `a request with a key takes effect once`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let body = #"{"title":"Buy milk","due":{"date":"2026-12-24"}}"#
            let key: HTTPHeaders = ["idempotency-key": "\"8e03978e\""]
            let first = await alice.send(.POST, "/api/tasks", key, json: body)
            #expect(first.status == .created && !first.headers.contains(name: "idempotency-replayed"))
            // The same key without its quotes.
            let second = await alice.send(.POST, "/api/tasks", ["idempotency-key": "8e03978e"], json: body)
            #expect(second.status == .created && second.headers["idempotency-replayed"] == ["true"])
            #expect(second.headers["location"] == first.headers["location"] && second.body == first.body)
            #expect(second.headers["content-type"] == first.headers["content-type"])
            #expect(try await alice.send(.GET, "/api/tasks").jsonArray().count == 1)

            let other = await alice.send(.POST, "/api/tasks", key, json: #"{"title":"Buy bread"}"#)
            #expect(other.status == .unprocessableEntity && other.detail.contains("was used for a request"))
            // Another path, another account: another request.
            #expect(await alice.send(.POST, "/api/\(alice.userID)/tasks", key, json: body).status == .created)
            let bob = try await site.signUp("bob")
            #expect(await bob.send(.POST, "/api/tasks", key, json: body).status == .created)
            #expect(try await alice.send(.GET, "/api/tasks").jsonArray().count == 2)
            #expect(try await bob.send(.GET, "/api/tasks").jsonArray().count == 1)
        }
    }

    @Test func `a retry gets the first response, whatever happened to the task`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let key: HTTPHeaders = ["idempotency-key": "k"]
            let first = await alice.send(.POST, "/api/tasks", key, json: #"{"title":"x"}"#)
            let path = try #require(first.headers["location"].first)
            #expect(await alice.send(.DELETE, path).status == .noContent)
            let revision = try await site.services.tasks.revision(ofTasksOf: UserID(rawValue: alice.userID))
            #expect(await alice.send(.POST, "/api/tasks", key, json: #"{"title":"x"}"#).body == first.body)
            #expect(try await site.services.tasks.revision(ofTasksOf: UserID(rawValue: alice.userID)) == revision)

            let restored = await alice.send(.POST, path + "/restore", key)
            #expect(restored.status == .ok && !restored.headers.contains(name: "idempotency-replayed"))
            let again = await alice.send(.POST, path + "/restore", key)
            #expect(again.status == .ok && again.headers["idempotency-replayed"] == ["true"])
            #expect(await alice.send(.POST, path + "/restore").status == .notFound)
        }
    }

    @Test func `a refused request is not remembered`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let key: HTTPHeaders = ["idempotency-key": "k"]
            #expect(await alice.send(.POST, "/api/tasks", key, json: #"{"title":" "}"#).status == .unprocessableEntity)
            #expect(await alice.send(.POST, "/api/tasks", key, json: #"{"title":"x"}"#).status == .created)
            let gone = "/api/tasks/0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3/restore"
            #expect(await alice.send(.POST, gone, key).status == .notFound)
            #expect(await alice.send(.POST, gone, key).status == .notFound)
        }
    }

    @Test func `an answer is kept for seven days`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let key: HTTPHeaders = ["idempotency-key": "k"]
            #expect(await alice.send(.POST, "/api/tasks", key, json: #"{"title":"x"}"#).status == .created)
            for (seconds, count) in [(StoredAnswer.lifetimeSeconds - 60, 1), (120, 2)] {
                site.clock.advance(seconds: seconds)
                try await site.services.tasks.deleteExpired()
                let again = try await site.signIn("alice").send(.POST, "/api/tasks", key, json: #"{"title":"x"}"#)
                #expect(again.status == .created)
                #expect(try await site.signIn("alice").send(.GET, "/api/tasks").jsonArray().count == count)
            }
        }
    }

    @Test(arguments: [
        "", "\"", "\"\"", "\"a", "a\u{7f}", "\"a\\b\"", "\"a\"b\"", "é", String(repeating: "k", count: 256),
    ])
    func `an invalid key is refused`(key: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let answer = await alice.send(.POST, "/api/tasks", ["idempotency-key": key], json: #"{"title":"x"}"#)
            #expect(answer.status == .badRequest && answer.detail.hasPrefix("Send one Idempotency-Key"))
            #expect(try await alice.send(.GET, "/api/tasks").jsonArray().isEmpty)
        }
    }

    @Test func `the longest key is accepted, and two keys are refused`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let long = "\"" + String(repeating: "k", count: 253) + #"\"\\"# + "\""
            for isRepeated in [false, true] {
                let answer = await alice.send(.POST, "/api/tasks", ["idempotency-key": long], json: #"{"title":"x"}"#)
                #expect(
                    answer.status == .created && answer.headers.contains(name: "idempotency-replayed") == isRepeated)
            }
            let two: HTTPHeaders = ["idempotency-key": "a", "Idempotency-Key": "b"]
            #expect(await alice.send(.POST, "/api/tasks", two, json: #"{"title":"x"}"#).status == .badRequest)
        }
    }
}
