import Calendar
import JSON
import TestSupport
import Testing

@Suite struct RecurrenceRuleTests {
    /// The RFC's examples and others, most of which four libraries agree on.
    @Test func `every vector gives its instances`() throws {
        guard
            case .object(let file) = try JSONReader.read(
                Array(try packageFile("Tests/CalendarTests/recurrence.json").utf8)),
            case .array(let rules)? = file["rules"]
        else {
            Issue.record("The file of vectors is not as expected.")
            return
        }
        #expect(rules.count == 66)
        for case .object(let vector) in rules {
            guard case .string(let text)? = vector["rule"], case .string(let start)? = vector["start"],
                case .array(let expected)? = vector["expected"]
            else {
                Issue.record("A vector lacks a field.")
                continue
            }
            let rule = try RecurrenceRule(text)
            let first = try #require(CalendarTime(start, zone: nil))
            let found = rule.instances(from: first).prefix(13).map { JSONValue.string($0.text) }
            #expect(Array(found.prefix(12)) == expected, "\(text) from \(start)")
            if vector["complete"] == .bool(true) { #expect(found.count == expected.count, "\(text) from \(start)") }
            #expect(try RecurrenceRule(rule.text) == rule, "\(text) becomes \(rule.text)")
        }
    }

    @Test func `skipping instances before a day does not change those from there on`() throws {
        var random = SplitMix(state: 5)
        let parts = [
            "", "", ";BYDAY=MO,WE", ";BYMONTH=2,7", ";COUNT=40", ";UNTIL=20290101", ";BYMONTHDAY=-1,15",
            ";BYDAY=-1FR;BYMONTH=3", ";BYMONTHDAY=29;BYMONTH=2", ";BYDAY=SU,MO;BYSETPOS=-1",
        ]
        let base = try #require(CalendarDate("2024-01-01"))
        var compared = 0
        for _ in 0..<500 * fuzzFactor {
            let frequency = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].randomElement(using: &random) ?? "DAILY"
            let part = parts.randomElement(using: &random) ?? ""
            let interval = Int.random(in: 1...9, using: &random)
            guard let rule = try? RecurrenceRule("FREQ=\(frequency);INTERVAL=\(interval)\(part)") else { continue }
            let start = CalendarTime.day(base.adding(days: Int.random(in: 0...800, using: &random)))
            let needed = start.date.adding(days: Int.random(in: -50...3000, using: &random))
            let all = rule.instances(from: start).lazy.filter { $0.date >= needed }.prefix(4)
            let rest = rule.instances(from: start, needed: needed).lazy.filter { $0.date >= needed }.prefix(4)
            #expect(Array(rest) == Array(all), "\(rule.text) from \(start.text), \(needed.text)")
            compared += 1
        }
        #expect(compared > 200)
    }

    /// A search of years day by day would hold up others.
    @Test func `months that a rule leaves out are skipped, and nothing else is`() throws {
        var random = SplitMix(state: 6)
        let base = try #require(CalendarDate("2024-01-01"))
        for _ in 0..<300 * fuzzFactor {
            let months = (1...12).filter { _ in random.below(4) == 0 }
            guard !months.isEmpty else { continue }
            let interval = Int.random(in: 1...45, using: &random)
            let frequency =
                random.below(2) == 0 ? "DAILY" : "WEEKLY;WKST=\(random.below(2) == 0 ? "SU" : "MO");BYDAY=SU,WE"
            let text = "FREQ=\(frequency);INTERVAL=\(interval)"
            let start = CalendarTime.day(base.adding(days: Int.random(in: 0...800, using: &random)))
            let last = start.date.adding(days: 5000)
            let every = try RecurrenceRule(text).instances(from: start).prefix { $0.date < last }
            let list = months.map(String.init).joined(separator: ",")
            let some = try RecurrenceRule("\(text);BYMONTH=\(list)").instances(from: start).prefix { $0.date < last }
            #expect(
                some == every.filter { months.contains($0.date.month) }, "\(text);BYMONTH=\(list) from \(start.text)")
        }
    }

    @Test(arguments: [
        "", "FREQ", "FREQ=", "INTERVAL=2", "FREQ=WEEKLY;", "FREQ=FORTNIGHTLY", "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;INTERVAL=1000", "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYMONTHDAY=-32",
        "FREQ=WEEKLY;BYDAY=2MO", "FREQ=DAILY;BYDAY=-1FR", "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=+-1MO", "FREQ=MONTHLY;BYDAY=54MO", "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYYEARDAY=1",
        "FREQ=MONTHLY;BYWEEKNO=1", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;COUNT=2;UNTIL=20260101", "FREQ=DAILY;UNTIL=20260230", "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;UNTIL=20260101T250000", "FREQ=DAILY;UNTIL=2026T0101000000", "FREQ=DAILY;UNTIL=20260101Z",
        "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;X-FOO=1", "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=WEEKLY;WKST=XX", "FREQ=YEARLY;BYMONTH=13", "FREQ=YEARLY;BYMONTH=1,,2", "FREQ=DAILY;BYHOUR=24",
        "RRULE:FREQ=DAILY",
        "FREQ=YEARLY;BYDAY=MO,TU;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5",
        "FREQ=YEARLY;BYMONTH=" + String(repeating: "1,", count: 300) + "1",
    ])
    func `rules that make no sense are refused with a sentence`(text: String) {
        do {
            _ = try RecurrenceRule(text)
            Issue.record("\(text) was accepted")
        } catch {
            #expect(error.sentence.hasSuffix(".") && error.sentence.count > 20)
        }
    }

    @Test(arguments: [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=WEEKLY;INTERVAL=999;BYMONTH=2;BYDAY=MO;UNTIL=19990101",
    ])
    func `the search for a rule that never fires ends`(text: String) throws {
        let start = CalendarTime.day(try #require(CalendarDate("2026-01-05")))
        var instances = try RecurrenceRule(text).instances(from: start)
        #expect(instances.next() == nil)
        #expect(instances.next() == nil)
    }

    @Test func `a rule that fires once in 28 years is found`() throws {
        let rule = try RecurrenceRule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO")
        let start = CalendarTime.day(try #require(CalendarDate("2026-01-01")))
        let found = rule.instances(from: start).prefix(3).map(\.text)
        #expect(found == ["2044-02-29", "2072-02-29", "2112-02-29"])
    }

    @Test(arguments: [
        ("2026-01-01T09:00", "UNTIL=20260103", 3), ("2026-01-01T09:00", "UNTIL=20260103T090000", 3),
        ("2026-01-01T09:00", "UNTIL=20260103T085959", 2), ("2026-01-01", "UNTIL=20260103", 3),
        ("2026-01-01", "UNTIL=20260103T000000", 3),
    ])
    func `the last day counts`(start: String, end: String, count: Int) throws {
        let first = try #require(CalendarTime(start, zone: nil))
        #expect(Array(try RecurrenceRule("FREQ=DAILY;\(end)").instances(from: first)).count == count)
    }

    @Test func `an end in UTC is compared as a moment`() throws {
        let zone = try #require(TimeZoneDatabase.system.rules("Europe/Berlin"))
        let first = try #require(CalendarTime("2026-01-01T09:00", zone: "Europe/Berlin"))
        let exact = try RecurrenceRule("FREQ=DAILY;UNTIL=20260103T080000Z").instances(from: first, in: zone)
        #expect(Array(exact).count == 3)
        let early = try RecurrenceRule("FREQ=DAILY;UNTIL=20260103T075959Z").instances(from: first, in: zone)
        #expect(Array(early).count == 2)
    }

    @Test func `rules that are not computed are kept word for word`() throws {
        for text in ["FREQ=HOURLY;INTERVAL=5", "freq=minutely", "FREQ=MONTHLY;RSCALE=HEBREW;SKIP=FORWARD"] {
            #expect(try Recurrence(text) == .custom(text))
        }
        #expect(try Recurrence("byday=mo;freq=weekly").text == "FREQ=WEEKLY;BYDAY=MO")
    }
}
