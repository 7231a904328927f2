import JSON
import NIOHTTP1
import Testing

@Suite struct PreconditionTests {
    private func withTask(_ work: (APIClient, _ path: String, _ tag: String) async throws -> Void) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            _ = try await alice.addTask("before", json: #","tags":["home"]"#)
            let created = await alice.send(.POST, "/api/tasks", json: #"{"title":"x"}"#)
            let path = try #require(created.headers["location"].first)
            let tag = try #require(created.headers["etag"].first)
            #expect(tag.hasPrefix("\""), "a weak tag would match no If-Match")
            #expect(await alice.send(.GET, path).headers["etag"] == [tag])
            try await work(alice, path, tag)
        }
    }

    @Test func `If-None-Match refuses a change of the named state`() async throws {
        try await withTask { alice, path, tag in
            for (condition, status) in [
                ("*", HTTPResponseStatus.preconditionFailed), (tag, .preconditionFailed), ("\"other\"", .ok),
            ] {
                let response = await alice.send(.PUT, path, ["if-none-match": condition], json: #"{"title":"y"}"#)
                #expect(response.status == status, "\(condition)")
            }
            #expect(await alice.send(.DELETE, path, ["if-none-match": "*"]).status == .preconditionFailed)
        }
    }

    @Test(arguments: [
        (HTTPMethod.PATCH, #"{"title":"y"}"#), (.PUT, #"{"title":"y"}"#), (.PATCH, #"{"completed":true}"#),
        (.PATCH, #"{"priority":"high"}"#), (.PATCH, #"{"due":{"date":"2026-12-24"}}"#), (.PATCH, #"{"tags":["HOME"]}"#),
        (.PATCH, #"{"due":{"date":"2026-12-24"},"repeat":{"rrule":"FREQ=WEEKLY;BYDAY=MO","from":"due"}}"#),
    ])
    func `a task is changed only in the expected state`(method: HTTPMethod, json: String) async throws {
        try await withTask { alice, path, tag in
            let changed = await alice.send(method, path, ["if-match": "\"other\", \(tag)"], json: json)
            #expect(changed.status == .ok)
            let present = try #require(changed.headers["etag"].first)
            #expect(present != tag)
            #expect(await alice.send(.GET, path).headers["etag"] == [present])

            let late = await alice.send(.PATCH, path, ["if-match": tag], json: #"{"title":"z"}"#)
            #expect(late.status == .preconditionFailed)
            #expect(late.headers["etag"] == [present])
            #expect(late.headers["content-type"] == ["application/problem+json"])
            #expect(try late.jsonObject()["current"] == .object(try changed.jsonObject()))
            #expect(await alice.send(.DELETE, path, ["if-match": tag]).status == .preconditionFailed)
            #expect(try await alice.send(.GET, path).jsonObject() == changed.jsonObject())

            // The answer was lost, and the client tries again.
            let again = await alice.send(method, path, ["if-match": tag], json: json)
            #expect(again.status == .ok && again.body == changed.body)
            #expect(await alice.send(.DELETE, path, ["if-match": present]).status == .noContent)
        }
    }

    /// Each is sent twice, as its answer was lost the first time.
    @Test func `a repeated request with dates beside a repeat is recognized`() async throws {
        try await withTask { alice, path, _ in
            let weekly = #""repeat":{"rrule":"FREQ=WEEKLY;BYDAY=MO;UNTIL=20270101","from":"due"}"#
            let requests = [
                #"{"due":{"date":"2026-12-24"},"start":{"date":"2026-12-20"}}"#,
                // It moves both dates.
                #"{"due":{"date":"2026-12-24"},\#(weekly)}"#,
                // A Tuesday, and then a day after the last one: the repeat stays as it is, and moves nothing.
                #"{"due":{"date":"2026-12-29"},\#(weekly)}"#, #"{"title":"y",\#(weekly)}"#,
                #"{"due":{"date":"2027-02-02"},\#(weekly)}"#,
            ]
            for json in requests {
                let tag = try #require(await alice.send(.GET, path).headers["etag"].first)
                let first = await alice.send(.PATCH, path, ["if-match": tag], json: json)
                #expect(first.status == .ok, "\(json)")
                let second = await alice.send(.PATCH, path, ["if-match": tag], json: json)
                #expect(second.status == .ok && second.body == first.body, "\(json)")
                let other = await alice.send(.PATCH, path, ["if-match": tag], json: #"{"title":"z",\#(weekly)}"#)
                #expect(other.status == .preconditionFailed, "\(json)")
            }
        }
    }

    @Test func `other tasks do not change a task's tag`() async throws {
        try await withTask { alice, path, tag in
            _ = try await alice.addTask("other")
            #expect(await alice.send(.GET, path, ["if-none-match": tag]).status == .notModified)
            #expect(await alice.send(.PATCH, path, ["if-match": tag], json: #"{"title":"y"}"#).status == .ok)
        }
    }

    @Test(arguments: ["W/{tag}", "\"other\"", "", "nonsense", "{tag}x"])
    func `weak and different entity tags do not match`(field: String) async throws {
        try await withTask { alice, path, tag in
            let headers: HTTPHeaders = ["if-match": field.replacing("{tag}", with: tag)]
            #expect(await alice.send(.PATCH, path, headers, json: #"{"title":"y"}"#).status == .preconditionFailed)
            #expect(await alice.send(.DELETE, path, headers).status == .preconditionFailed)
        }
    }

    @Test func `any state matches a star, and a task that is gone is 404`() async throws {
        try await withTask { alice, path, tag in
            #expect(await alice.send(.PATCH, path, ["if-match": "*"], json: #"{"title":"y"}"#).status == .ok)
            #expect(await alice.send(.DELETE, path, ["if-match": "*"]).status == .noContent)
            for field in ["*", tag] {
                #expect(
                    await alice.send(.PATCH, path, ["if-match": field], json: #"{"title":"y"}"#).status == .notFound)
                #expect(await alice.send(.DELETE, path, ["if-match": field]).status == .notFound)
            }
        }
    }
}
