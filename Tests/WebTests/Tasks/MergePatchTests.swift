import HTTPServer
import JSON
import NIOHTTP1
import Testing

@Suite struct MergePatchTests {
    private let type: HTTPHeaders = ["content-type": "application/merge-patch+json"]

    @Test func `a declared merge patch keeps what it does not name of a date or a repeat`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let due = #"{"datetime":"2026-12-02T10:00","time_zone":"Europe/Berlin"}"#
            let id = try await alice.addTask("x", json: #","due":\#(due),"repeat":{"rrule":"FREQ=DAILY"}"#)
            func patch(_ json: String, _ more: HTTPHeaders = [:]) async throws -> (HTTPResponseStatus, JSONObject) {
                var headers = type
                headers.add(contentsOf: more)
                headers.add(name: "authorization", value: "Bearer \(alice.token)")
                let response = await site.send(
                    .PATCH, "/api/tasks/\(id)", headers, body: json)
                return (response.status, try response.jsonObject())
            }
            var (status, task) = try await patch(#"{"due":{"datetime":"2026-12-03T11:00"}}"#)
            #expect(status == .ok)
            #expect(task["due"] == ["datetime": "2026-12-03T11:00", "time_zone": "Europe/Berlin"])
            (status, task) = try await patch(#"{"repeat":{"from":"completion"},"title":"y"}"#)
            #expect(status == .ok)
            #expect(task["repeat"] == ["rrule": "FREQ=DAILY", "from": "completion"] && task["title"] == "y")
            (status, task) = try await patch(#"{"due":{"datetime":null,"time_zone":null,"date":"2026-12-04"}}"#)
            #expect(status == .ok)
            #expect(task["due"] == ["date": "2026-12-04"])
            (status, _) = try await patch(#"{"due":{"datetime":"2026-12-03T11:00"}}"#)
            #expect(status == .unprocessableEntity, "a day and a time are two of what is one")
            (status, task) = try await patch(#"{"due":null,"repeat":null,"start":null}"#)
            #expect(status == .ok)
            #expect(task["due"] == .null && task["repeat"] == .null)
            (status, _) = try await patch(#"{"title":"z"}"#, ["if-match": "\"other\""])
            #expect(status == .preconditionFailed)
            (status, _) = try await patch("[]")
            #expect(status == .badRequest)

            // Plain JSON replaces a date as a whole.
            _ = await alice.send(.PATCH, "/api/tasks/\(id)", json: #"{"due":\#(due)}"#)
            let plain = try await alice.send(
                .PATCH, "/api/tasks/\(id)", json: #"{"due":{"datetime":"2026-12-03T11:00"}}"#
            ).jsonObject()
            #expect(plain["due"] == ["datetime": "2026-12-03T11:00"])
        }
    }

    /// The examples of RFC 7396, appendix A, whose documents are objects.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func `objects are merged as RFC 7396 says`(document: String, patch: String, result: String) throws {
        func object(_ text: String) throws -> JSONObject {
            guard case .object(let object) = try JSONReader.read(Array(text.utf8)) else { throw TestSite.Unexpected() }
            return object
        }
        #expect(try object(document).merging(object(patch)) == object(result))
    }
}
