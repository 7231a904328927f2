import JSON
import NIOHTTP1
import Testing

@Suite struct TaskInputAPITests {
    @Test func `an added line is answered with what was read, also when it is sent again`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let line = #"{"title":"Prepare friday demo #work +Nope","quick":true}"#
            for _ in 0..<2 {
                let response = await alice.send(.POST, "/api/tasks", ["idempotency-key": "\"once\""], json: line)
                #expect(response.status == .created)
                let task = try response.jsonObject()
                #expect(task["title"] == "Prepare friday demo +Nope" && task["tags"] == ["work"])
                #expect(task["spans"] == [["field": "tags", "start": 20, "end": 25]])
                guard case .array(let suggestions)? = task["suggestions"] else { return #expect(Bool(false)) }
                #expect(suggestions.count == 2, "Friday and the list")
                guard case .string(let id)? = task["id"] else { return #expect(Bool(false)) }
                #expect(await alice.send(.GET, "/api/tasks/\(id)").headers["etag"] == response.headers["etag"])
            }
            let plain = try await alice.send(.POST, "/api/tasks", json: #"{"title":"x #work"}"#).jsonObject()
            #expect(plain["spans"] == nil && plain["suggestions"] == nil)
        }
    }

    /// As the form does: a date that is given replaces what the line says of one.
    @Test func `a date beside a line replaces the line's date and repeat`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for (fields, due, repeats) in [
                (#""due":{"date":"2026-12-24"}"#, ["date": "2026-12-24"], nil), (#""due":null"#, nil, nil),
                (
                    #""due":{"date":"2026-12-28"},"repeat":{"rrule":"FREQ=MONTHLY"}"#, ["date": "2026-12-28"],
                    ["rrule": "FREQ=MONTHLY", "from": "due"]
                ),
            ] as [(String, JSONValue?, JSONValue?)] {
                let body = #"{"title":"Water plants every monday","quick":true,\#(fields)}"#
                let response = await alice.send(.POST, "/api/tasks", json: body)
                #expect(response.status == .created)
                let task = try response.jsonObject()
                #expect(task["due"] == due ?? .null && task["repeat"] == repeats ?? .null, "\(fields)")
            }
        }
    }

    @Test func `a line is read as a task`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let answer = await alice.send(
                .POST, "/api/tasks/parse",
                json:
                    #"{"text":"🎄 Tree #home !high every fri at 17:00 // 2 m","now":"2026-11-26T10:00","time_zone":"Europe/Berlin"}"#
            )
            #expect(answer.status == .ok)
            let task = try answer.jsonObject()
            #expect(task["title"] == "🎄 Tree")
            #expect(task["description"] == "2 m")
            #expect(task["due"] == ["datetime": "2026-11-27T17:00", "time_zone": "Europe/Berlin"])
            #expect(task["repeat"] == ["rrule": "FREQ=WEEKLY;BYDAY=FR", "from": "due"])
            #expect(task["priority"] == "high")
            #expect(task["tags"] == .array(["home"]))
            #expect(task["list"] == .null)
            guard case .array(let spans)? = task["spans"] else { return #expect(Bool(false)) }
            #expect(spans.first == ["field": "tags", "start": 8, "end": 13])
            #expect(task["suggestions"] == .array([]))
            #expect(try await alice.send(.GET, "/api/tasks").jsonArray().isEmpty)
        }
    }

    @Test(arguments: [
        (#"{}"#, "Field 'text' is required."), (#"{"text":" "}"#, "Enter a title."),
        (#"{"text":1}"#, "must be a string"),
        (#"{"text":"x","time_zone":"Mars/Phobos"}"#, "such as Europe/Berlin."),
        (#"{"text":"x","time_zone":"../UTC"}"#, "such as Europe/Berlin."),
        (#"{"text":"x","now":"soon"}"#, "must be a local time"),
        (#"{"text":"x","now":"2026-02-30T10:00"}"#, "must be a local"),
        (#"{"text":"x","week_start":"MO"}"#, "must be a day of the week"),
    ])
    func `a line that cannot be read is refused with a message`(json: String, sentence: String) async throws {
        try await TestSite.with { site in
            let answer = try await site.signUp("alice").send(.POST, "/api/tasks/parse", json: json)
            #expect(answer.status == .unprocessableEntity)
            #expect(answer.detail.contains(sentence))
        }
    }

    @Test func `a repeat is shown in the form of its start`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            func preview(_ json: String) async throws -> JSONObject {
                let answer = await alice.send(.POST, "/api/tasks/preview-repeat", json: json)
                #expect(answer.status == .ok)
                return try answer.jsonObject()
            }
            let daily = try await preview(
                #"{"rrule":"FREQ=DAILY","start":{"datetime":"2026-03-28T02:30","time_zone":"Europe/Berlin"},"count":2}"#
            )
            #expect(
                daily["instances"]
                    == .array([
                        ["datetime": "2026-03-28T02:30", "time_zone": "Europe/Berlin"],
                        ["datetime": "2026-03-29T02:30", "time_zone": "Europe/Berlin"],
                    ]))
            #expect(daily["complete"] == false)
            let thrice = try await preview(#"{"rrule":"FREQ=DAILY;COUNT=3","start":{"date":"2026-12-31"},"count":3}"#)
            #expect(
                thrice["instances"]
                    == .array([["date": "2026-12-31"], ["date": "2027-01-01"], ["date": "2027-01-02"]]))
            #expect(thrice["complete"] == true)
            let floating = try await preview(
                #"{"rrule":"FREQ=YEARLY;COUNT=1","start":{"datetime":"2026-12-31T09:00:01"}}"#)
            #expect(floating["instances"] == .array([["datetime": "2026-12-31T09:00:01"]]))
        }
    }

    @Test(arguments: [
        (#"{"start":{"date":"2026-01-01"}}"#, "Field 'rrule' is required."),
        (#"{"rrule":"FREQ=DAILY"}"#, "Field 'start' is required."),
        (#"{"rrule":"FREQ=DAILY","start":"2026-01-01"}"#, "must be an object or null"),
        (
            #"{"rrule":"FREQ=DAILY;INTERVAL=0","start":{"date":"2026-01-01"}}"#,
            "INTERVAL must be a number from 1 to 999."
        ),
        (
            #"{"rrule":"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30","start":{"date":"2026-01-01"}}"#,
            "This repeat never falls on"
        ),
        (#"{"rrule":"FREQ=HOURLY","start":{"date":"2026-01-01"}}"#, "not computed"),
        (#"{"rrule":"FREQ=DAILY","start":{"date":"2026-02-30"}}"#, "needs a date that exists"),
        (#"{"rrule":"FREQ=DAILY","start":{"date":"2026-02-03","datetime":"2026-02-03T10:00"}}"#, "either 'date' or"),
        (#"{"rrule":"FREQ=DAILY","start":{"date":"2026-02-03","time_zone":"UTC"}}"#, "needs a date"),
        (#"{"rrule":"FREQ=DAILY","start":{"datetime":"2026-02-03T10:00","timezone":"UTC"}}"#, "no member 'timezone'"),
        (#"{"rrule":"FREQ=DAILY","start":{}}"#, "either 'date' or 'datetime'"),
        (
            #"{"rrule":"FREQ=DAILY","start":{"datetime":"2026-02-03T10:00","time_zone":7}}"#,
            "'start.time_zone' must be a string"
        ),
        (#"{"rrule":"FREQ=DAILY","start":{"date":"2026-01-01"},"count":0}"#, "must be from 1 to 100"),
        (#"{"rrule":"FREQ=DAILY","start":{"date":"2026-01-01"},"count":1.5}"#, "must be a whole number"),
    ])
    func `an impossible repeat is refused with a message`(json: String, sentence: String) async throws {
        try await TestSite.with { site in
            let answer = try await site.signUp("alice").send(.POST, "/api/tasks/preview-repeat", json: json)
            #expect(answer.status == .unprocessableEntity)
            #expect(answer.detail.contains(sentence))
        }
    }

    @Test(arguments: ["/api/users/{id}/tasks/parse", "/api/{id}/tasks/preview-repeat"])
    func `the seeds' paths have no new routes`(path: String) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let answer = await alice.send(.POST, path.replacing("{id}", with: alice.userID), json: #"{"text":"x"}"#)
            #expect(answer.status == .methodNotAllowed)
        }
    }
}
