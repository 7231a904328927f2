import HTTPServer
import JSON
import NIOHTTP1
import Testing

@Suite struct RepeatingTaskTests {
    private func add(_ client: APIClient, _ fields: String) async throws -> JSONObject {
        let response = await client.send(.POST, "/api/tasks", json: "{\"title\":\"Water\",\(fields)}")
        #expect(response.status == .created, "\(String(buffer: response.body))")
        return try response.jsonObject()
    }

    private func id(_ task: JSONObject) throws -> String {
        guard case .string(let id)? = task["id"] else { throw TestSite.Unexpected() }
        return id
    }

    private func day(_ text: String) -> JSONValue { ["date": .string(text)] }

    @Test func `completing makes it due again, once for each date`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let task = try await add(alice, #""due":{"date":"2099-01-01"},"repeat":{"rrule":"FREQ=WEEKLY;BYDAY=MO"}"#)
            // The first Monday on or after it.
            #expect(task["due"] == day("2099-01-05"))
            let path = "/api/tasks/\(try id(task))"
            for _ in 0..<3 {
                let done = await alice.send(.POST, path + "/complete", json: #"{"due":{"date":"2099-01-05"}}"#)
                #expect(done.status == .ok)
                let now = try done.jsonObject()
                #expect(now["due"] == day("2099-01-12") && now["completed"] == false)
            }
            let patched = try await alice.send(.PATCH, path, json: #"{"completed":true}"#).jsonObject()
            #expect(patched["completed_instance"] == day("2099-01-12") && patched["due"] == day("2099-01-19"))
            // A device that saw an earlier date completes nothing, and its other changes count.
            let seen = #""completed":true,"due":{"date":"2099-01-12"},"repeat":{"rrule":"FREQ=WEEKLY;BYDAY=MO"}"#
            let late = await alice.send(.PATCH, path, json: "{\(seen)}")
            #expect(late.status == .ok && late.headers["latchkey-undo"].isEmpty)
            #expect(try late.jsonObject()["due"] == day("2099-01-19"))
            for (method, title) in [(HTTPMethod.PATCH, "Late"), (.PUT, "Later")] {
                let changed = await alice.send(
                    method, path, json: "{\"title\":\"\(title)\",\"priority\":\"high\",\(seen)}")
                #expect(changed.status == .ok && !changed.headers["latchkey-undo"].isEmpty)
                let now = try changed.jsonObject()
                #expect(now["title"] == .string(title) && now["priority"] == "high")
                #expect(now["due"] == day("2099-01-19") && now["completed"] == false)
            }
            let skipped = try await alice.send(.POST, path + "/skip").jsonObject()
            #expect(skipped["due"] == day("2099-01-26"))
            #expect(
                await alice.send(.POST, path + "/skip", ["if-match": "\"other\""]).status == .preconditionFailed)
        }
    }

    @Test(arguments: [("PATCH", "", #"{"completed":true,"due":DUE}"#), ("POST", "/complete", #"{"due":DUE}"#)])
    func `completing with If-Match can be sent again`(method: String, action: String, body: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let task = try await add(alice, #""due":{"date":"2099-01-05"},"repeat":{"rrule":"FREQ=WEEKLY"}"#)
            let path = "/api/tasks/\(try id(task))"
            let tag = try #require(await alice.send(.GET, path).headers["etag"].first)
            for _ in 0..<2 {
                let done = await alice.send(
                    HTTPMethod(rawValue: method), path + action, ["if-match": tag],
                    json: body.replacing("DUE", with: #"{"date":"2099-01-05"}"#))
                #expect(done.status == .ok)
                #expect(try done.jsonObject()["due"] == day("2099-01-12"))
            }
            let other = await alice.send(
                HTTPMethod(rawValue: method), path + action, ["if-match": tag],
                json: body.replacing("DUE", with: #"{"date":"2099-01-12"}"#))
            #expect(other.status == .preconditionFailed)
        }
    }

    @Test func `a date of an unsupported repeat cannot be skipped, and the error says so`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let task = try await add(alice, #""due":{"date":"2099-01-05"},"repeat":{"rrule":"FREQ=HOURLY"}"#)
            let response = await alice.send(.POST, "/api/tasks/\(try id(task))/skip")
            #expect(response.status == .unprocessableEntity)
            #expect(String(buffer: response.body).contains("its dates are not computed"))
        }
    }

    @Test func `undo brings the date, the count and the subtasks back`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let task = try await add(
                alice,
                #""due":{"datetime":"2099-01-01T09:00","time_zone":"Europe/Berlin"},"start":{"datetime":"2099-01-01T08:00","time_zone":"Europe/Berlin"},"repeat":{"rrule":"FREQ=DAILY;COUNT=2"},"reminders":[{"at":{"datetime":"2098-12-31T20:00"}}]"#
            )
            let parent = try id(task)
            let subtask = try await add(alice, #""parent_id":"\#(parent)","completed":true"#)
            let before = try await alice.send(.GET, "/api/tasks/\(parent)").jsonObject()
            #expect(before["progress"] == ["completed": 1, "total": 1])
            let done = await alice.send(.POST, "/api/tasks/\(parent)/complete")
            #expect(done.status == .ok)
            let now = try done.jsonObject()
            #expect(now["start"] == ["datetime": "2099-01-02T08:00", "time_zone": "Europe/Berlin"])
            #expect(now["repeat"] == ["rrule": "FREQ=DAILY;COUNT=1", "from": "due"])
            #expect(now["reminders"] == [["at": ["datetime": "2099-01-01T20:00"]]])
            #expect(now["progress"] == ["completed": 0, "total": 1])
            #expect(try await alice.send(.GET, "/api/tasks/\(try id(subtask))").jsonObject()["completed"] == false)

            let token = try #require(done.headers["latchkey-undo"].first)
            #expect(await alice.send(.POST, "/api/undo", json: #"{"token":"\#(token)"}"#).status == .ok)
            var after = try await alice.send(.GET, "/api/tasks/\(parent)").jsonObject()
            #expect(after["due"] == before["due"] && after["start"] == before["start"])
            #expect(after["repeat"] == before["repeat"] && after["progress"] == before["progress"])
            let history = try await site.database.read {
                try $0.row("SELECT COUNT(*) FROM completions") { $0.integer(0) }
            }
            #expect(history == 0)

            // The last date stays completed, with the subtask.
            for _ in 0..<2 { _ = await alice.send(.POST, "/api/tasks/\(parent)/complete") }
            after = try await alice.send(.GET, "/api/tasks/\(parent)").jsonObject()
            #expect(after["completed"] == true && after["progress"] == ["completed": 1, "total": 1])
        }
    }

    @Test func `a task that repeats from its completion is completed once a day`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let task = try await add(
                alice, #""due":{"date":"2020-01-01"},"repeat":{"rrule":"FREQ=DAILY;COUNT=5","from":"completion"}"#)
            let path = "/api/tasks/\(try id(task))"
            let first = try await alice.send(.POST, path + "/complete").jsonObject()
            guard case .object(let due)? = first["due"], case .string(let tomorrow)? = due["date"] else {
                throw TestSite.Unexpected()
            }
            let body = #"{"due":{"date":"\#(tomorrow)"}}"#
            // Done early, it is due on the same date again.
            let early = try await alice.send(.POST, path + "/complete", json: body).jsonObject()
            #expect(early["repeat"] == ["rrule": "FREQ=DAILY;COUNT=3", "from": "completion"])
            let again = await alice.send(.POST, path + "/complete", json: body)
            #expect(again.status == .ok && again.headers["latchkey-undo"].isEmpty)
            site.clock.advance(seconds: 86_400)
            let next = try await alice.send(.POST, path + "/complete", json: body).jsonObject()
            #expect(next["repeat"] == ["rrule": "FREQ=DAILY;COUNT=2", "from": "completion"])
        }
    }

    @Test(arguments: [
        (#""repeat":{"rrule":"FREQ=DAILY"}"#, "needs a due date"),
        (
            #""due":{"date":"2026-12-24"},"repeat":{"rrule":"FREQ=WEEKLY;BYDAY=MO","from":"completion"}"#,
            "no days or months"
        ),
        (#""due":{"date":"2026-12-24"},"repeat":{"rrule":"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}"#, "never falls"),
        (#""due":{"date":"2026-12-24"},"repeat":{"rrule":"FREQ=DAILY;UNTIL=20261201"}"#, "ends before its first date"),
        (
            #""due":{"date":"2026-12-21"},"repeat":{"rrule":"FREQ=WEEKLY;BYDAY=FR;UNTIL=20261223"}"#,
            "ends before its first date"
        ),
        (#""due":{"date":"2026-12-24"},"repeat":{"rrule":"FREQ=DAILY;INTERVAL=0"}"#, "INTERVAL"),
        (#""due":{"date":"2026-12-24"},"repeat":{"rrule":"FREQ=SECONDLY;INTERVAL=0"}"#, "INTERVAL"),
        (#""due":{"date":"2026-12-24"},"repeat":{"from":"due"}"#, "must be a string"),
        (#""reminders":[{"before":"PT5M"}]"#, "needs a due date"),
        (#""reminders":[{"before":"5 minutes"}]"#, "duration"),
        (#""reminders":[{"before":5}]"#, "must be a string"),
        (#""reminders":[{"before":"PT5M","by":"mail"}]"#, "no member 'by'"),
        (#""tags":["a\nb"]"#, "control"), (#""list_id":"nowhere""#, "no such list"),
        (#""parent_id":"0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3""#, "no such task"),
    ])
    func `an impossible repeat is refused with a message`(fields: String, sentence: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let response = await alice.send(.POST, "/api/tasks", json: "{\"title\":\"x\",\(fields)}")
            #expect(response.status == .unprocessableEntity)
            #expect(response.detail.contains(sentence), "\(response.detail)")
        }
    }
}
