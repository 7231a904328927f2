import Basics
import Calendar
import Domain
import JSON
import TestSupport
import Testing

@Suite struct QuickAddTests {
    private static let zone = "Europe/Berlin"

    private static func context(_ now: String = "2026-11-26T10:00", weekStart: Weekday = .monday) throws
        -> QuickAddContext
    {
        let rules = try #require(TimeZoneDatabase.system.rules(zone))
        return QuickAddContext(
            now: rules.instant(of: try #require(LocalDateTime(now))), zone: zone, rules: rules, weekStart: weekStart,
            lists: ["Groceries", "Home", "Home Improvements", "Work"])
    }

    private static func read(_ line: String, at now: String = "2026-11-26T10:00") throws -> QuickAdd {
        QuickAdd(line, in: try context(now))
    }

    @Test func `every vector gives its task`() throws {
        let text = try packageFile("Tests/DomainTests/QuickAdd/quickadd.json")
        guard case .object(let file) = try JSONReader.read(Array(text.utf8)), case .array(let lines)? = file["lines"]
        else {
            Issue.record("The file of vectors is not as expected.")
            return
        }
        #expect(lines.count == 83)
        for case .object(let vector) in lines {
            guard case .string(let line)? = vector["input"] else { continue }
            let found = try Self.read(line)
            let time = found.due?.local.map { LocalDateTime.clock($0.secondOfDay) }
            let number = [TaskPriority.high: 1, .medium: 2, .low: 3][found.priority]
            #expect(vector["title"] == .string(found.title), "\(line)")
            #expect(vector["due"] == found.due.json(\.date.text), "\(line)")
            #expect(vector["time"] == time.json(\.self), "\(line)")
            #expect(vector["priority"] == (number.map { .integer(Int64($0)) } ?? .null), "\(line)")
            #expect(vector["tags"] == .array(found.tags.map { .string($0) }), "\(line)")
            #expect(vector["list"] == found.list.json(\.self), "\(line)")
            #expect(vector["rrule"] == found.repeats.json(\.recurrence.text), "\(line)")
            #expect(vector["after_completion"] == .bool(found.repeats?.anchor == .completion), "\(line)")
            #expect(vector["description"] == found.description.json(\.self), "\(line)")
        }
    }

    @Test(arguments: [UInt64](0..<8))
    func `no word is lost, whatever is typed`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let words = [
            "call", "every", "every!", "other", "mon,", "and", "friday", "next", "week", "in", "3", "days", "at", "5pm",
            "17:00", "noon", "on", "the", "5th", "dec", "24", "2027", "until", "starting", "tomorrow", "#tag", "!high",
            "+Home", "+\"Home", "Improvements\"", "//", "\\today", "\"quoted", "text\"", "due:friday", "sat", "é́", "🇩🇪",
            "\\",
            "+Garden", "last", "day", "weekday", "of", "month", "end",
        ]
        let context = try Self.context()
        for _ in 0..<2000 {
            let line = (0..<(1 + random.below(9))).map { _ in words[random.below(words.count)] }.joined(separator: " ")
            let found = QuickAdd(line, in: context)
            #expect(found.title.isVisible, "\(line)")
            // Each word is in the title or in a span.
            let units = Array(line.utf16)
            var rest = found.title
            for word in Self.outside(found.spans, of: units).split(separator: " ") {
                let plain = word.hasPrefix("\\") && word.count > 1 ? word.dropFirst() : word
                let range = rest.range(of: plain) ?? rest.range(of: plain.replacing("\"", with: ""))
                #expect(range != nil, "\(word) of \(line) is not in \(found.title)")
                if let range { rest.removeSubrange(range) }
            }
            for span in found.spans { #expect(span.range.upperBound <= units.count && !span.range.isEmpty) }
        }
    }

    private static func outside(_ spans: [QuickAddSpan], of units: [UInt16]) -> String {
        var kept: [UInt16] = []
        for (index, unit) in units.enumerated() {
            kept.append(spans.contains { $0.range.contains(index) } ? 0x20 : unit)
        }
        return String(decoding: kept, as: UTF16.self)
    }

    @Test func `a span in quotes gives the same line back, without the field`() throws {
        let line = "🎄 Buy tree #home tomorrow at 17:00"
        let found = try Self.read(line)
        let units = Array(line.utf16)
        let texts = found.spans.map { String(decoding: units[$0.range], as: UTF16.self) }
        #expect(texts == ["#home", "tomorrow", "at 17:00"])
        let again = try Self.read("🎄 Buy tree #home \"tomorrow\" at 17:00")
        #expect(again.title == "🎄 Buy tree \"tomorrow\"" && again.due?.text == "2026-11-26T17:00")
    }

    @Test(
        arguments: [
            ("Prepare Friday demo", "Friday", "2026-11-27"), ("Call mom tomorrow.", "tomorrow.", "2026-11-27"),
            ("tomorrow call mom", "tomorrow", "2026-11-27"), ("The Man Who Was Thursday", "Thursday", "2026-12-03"),
        ])
    func `a recognized date that is not applied is suggested`(line: String, text: String, due: String) throws {
        let found = try Self.read(line)
        #expect(found.title == line && found.due == nil)
        let date = CalendarTime(due, zone: nil)
        #expect(found.suggestions.map(\.text) == [text])
        #expect(found.suggestions.first.map { $0.meaning } == date.map { .due($0) })
    }

    @Test func `a list that does not exist stays in the title, and is suggested`() throws {
        let found = try Self.read("Sow grass +Garden tomorrow")
        #expect(found.title == "Sow grass +Garden" && found.list == nil && found.due?.text == "2026-11-27")
        #expect(found.suggestions.map(\.meaning) == [.list("Garden")])
    }

    @Test(arguments: [
        ("2026-01-31T10:00", "Rent every month", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2026-01-31"),
        (
            "2028-02-29T10:00", "Party every year", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
            "2028-02-29"
        ),
        ("2026-01-31T10:00", "Rent every! month", "FREQ=MONTHLY", "2026-01-31"),
        ("2026-11-26T10:00", "Bins every other monday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-11-30"),
        ("2026-11-26T10:00", "Gym every mon, wed and fri", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "2026-11-27"),
        (
            "2026-11-26T10:00", "Leap every feb 29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
            "2027-02-28"
        ),
    ])
    func `days that begin a month or end it`(now: String, line: String, rule: String, due: String) throws {
        let found = try Self.read(line, at: now)
        #expect(found.repeats?.recurrence.text == rule && found.due?.text == due)
    }

    @Test(arguments: [("Call in 3 hours", "2026-10-25T03:30"), ("Call in 40 minutes", "2026-10-25T02:10")])
    func `hours across the end of summer time`(line: String, due: String) throws {
        #expect(try Self.read(line, at: "2026-10-25T01:30").due?.text == due)
    }

    @Test(arguments: [
        "#errand", "!high", "+Home", "#a !1 +Home due:today", "\"\"", "\\", "//", "// note", "note //", "+",
    ])
    func `lines of signs only are titles`(line: String) throws {
        let found = try Self.read(line)
        #expect(found.title == line && found.tags.isEmpty && found.due == nil && found.list == nil)
        #expect(found.spans.isEmpty && found.description == nil)
    }
}

extension Optional {
    fileprivate func json(_ text: KeyPath<Wrapped, String>) -> JSONValue { map { .string($0[keyPath: text]) } ?? .null }
}
