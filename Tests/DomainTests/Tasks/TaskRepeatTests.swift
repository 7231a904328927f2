import Calendar
import Domain
import Testing

@Suite struct TaskRepeatTests {
    private func next(
        _ rule: String, from anchor: TaskRepeat.Anchor = .due, after due: String, zone: String? = nil, on today: String,
        skipsMissed: Bool = true
    ) throws -> String? {
        let repeats = TaskRepeat(try Recurrence(rule), from: anchor)
        let time = try #require(CalendarTime(due, zone: zone))
        let day = try #require(CalendarDate(today))
        let found = repeats.next(after: time, on: day, skipsMissed: skipsMissed, in: .system)
        return found.map { "\($0.due.text) \($0.repeats.recurrence.text)" }
    }

    @Test func `a missed date is left out, and one that is done early is not done again`() throws {
        #expect(try next("FREQ=DAILY", after: "2026-11-22", on: "2026-11-27") == "2026-11-28 FREQ=DAILY")
        #expect(try next("FREQ=DAILY", after: "2026-11-29", on: "2026-11-27") == "2026-11-30 FREQ=DAILY")
        #expect(
            try next("FREQ=DAILY", after: "2026-11-22", on: "2026-11-27", skipsMissed: false)
                == "2026-11-23 FREQ=DAILY")
        #expect(
            try next("FREQ=WEEKLY;BYDAY=MO,TH", after: "2026-11-23T09:00", on: "2026-11-27")
                == "2026-11-30T09:00 FREQ=WEEKLY;BYDAY=MO,TH")
    }

    @Test func `the due date may have been moved to a day that does not match`() throws {
        #expect(
            try next("FREQ=WEEKLY;BYDAY=MO", after: "2026-11-24", on: "2026-11-24")
                == "2026-11-30 FREQ=WEEKLY;BYDAY=MO")
        #expect(
            try next("FREQ=WEEKLY;COUNT=2;BYDAY=MO", after: "2026-11-24", on: "2026-11-24")
                == "2026-11-30 FREQ=WEEKLY;BYDAY=MO;COUNT=1")
        #expect(try next("FREQ=WEEKLY;COUNT=1;BYDAY=MO", after: "2026-11-24", on: "2026-11-24") == nil)
    }

    @Test func `a count and a last day end`() throws {
        #expect(
            try next("FREQ=DAILY;COUNT=3", after: "2026-11-27", on: "2026-11-27") == "2026-11-28 FREQ=DAILY;COUNT=2")
        #expect(try next("FREQ=DAILY;COUNT=1", after: "2026-11-27", on: "2026-11-27") == nil)
        // The dates that were missed are gone.
        #expect(
            try next("FREQ=DAILY;COUNT=10", after: "2026-11-20", on: "2026-11-27") == "2026-11-28 FREQ=DAILY;COUNT=2")
        #expect(try next("FREQ=DAILY;COUNT=5", after: "2026-11-20", on: "2026-11-27") == nil)
        #expect(
            try next("FREQ=DAILY;UNTIL=20261128", after: "2026-11-27", on: "2026-11-27")?.hasPrefix("2026-11-28 ")
                == true)
        #expect(try next("FREQ=DAILY;UNTIL=20261128", after: "2026-11-28", on: "2026-11-28") == nil)
    }

    /// The examples of the facts, and month ends.
    @Test(arguments: [
        ("FREQ=DAILY;INTERVAL=3", "2026-03-20T09:00", "2026-03-30", "2026-04-02T09:00"),
        ("FREQ=MONTHLY", "2026-03-20", "2026-03-30", "2026-04-30"),
        ("FREQ=MONTHLY", "2026-01-31", "2026-01-31", "2026-02-28"),
        ("FREQ=YEARLY", "2026-03-20", "2026-03-30", "2027-03-30"),
        ("FREQ=YEARLY", "2028-02-29", "2028-02-29", "2029-02-28"),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-01-01", "2026-11-27", "2026-12-11"),
    ])
    func `from the completion, the interval is counted from that day`(
        rule: String, due: String, today: String, expected: String
    ) throws {
        #expect(try next(rule, from: .completion, after: due, on: today)?.hasPrefix(expected + " ") == true)
    }

    @Test func `from the completion, a count and a last day end as well`() throws {
        #expect(
            try next("FREQ=DAILY;COUNT=2", from: .completion, after: "2026-11-27", on: "2026-11-27")
                == "2026-11-28 FREQ=DAILY;COUNT=1")
        #expect(try next("FREQ=DAILY;COUNT=1", from: .completion, after: "2026-11-27", on: "2026-11-27") == nil)
        #expect(
            try next("FREQ=WEEKLY;UNTIL=20261201", from: .completion, after: "2026-11-27", on: "2026-11-27") == nil)
    }

    @Test func `only an interval can be counted from the completion`() throws {
        #expect(throws: AppError.self) {
            try TaskRepeat(try Recurrence("FREQ=WEEKLY;BYDAY=MO"), from: .completion).check(field: "repeat")
        }
        try TaskRepeat(try Recurrence("FREQ=WEEKLY;INTERVAL=2"), from: .completion).check(field: "repeat")
    }

    @Test func `a task that was due long ago keeps its rhythm`() throws {
        // From any day, as from the first.
        for (rule, first) in [
            ("FREQ=DAILY;INTERVAL=7", "0001-01-01"), ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,SA", "0001-01-02"),
            ("FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR", "0001-01-05"),
            ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "0004-02-29"),
        ] {
            let start = try #require(CalendarTime(first, zone: nil))
            let today = try #require(CalendarDate("2026-11-27"))
            let all = try RecurrenceRule(rule).instances(from: start).lazy.first { $0.date > today }
            #expect(try next(rule, after: first, on: "2026-11-27") == all.map { "\($0.text) \(rule)" })
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `twenty-four times a day since the year 1 is no long search`() throws {
        let hours = (0..<24).map(String.init).joined(separator: ",")
        for frequency in ["MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "DAILY"] {
            let rule = "FREQ=\(frequency);BYHOUR=\(hours);UNTIL=99991231T000000Z"
            // 500 of them can be completed together.
            for _ in 0..<500 {
                let found = try next(rule, after: "0001-01-01T00:00", zone: "Europe/Berlin", on: "2026-11-27")
                #expect(found?.hasPrefix("2026-11-28T00:00 ") == true)
            }
        }
    }

    @Test func `a rule within a day is kept and not rolled`() throws {
        #expect(try next("FREQ=HOURLY", after: "2026-11-27T09:00", on: "2026-11-27") == nil)
    }
}
