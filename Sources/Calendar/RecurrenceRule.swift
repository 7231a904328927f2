import Basics

/// A recurrence rule (RFC 5545, section 3.3.10) whose instances are computed.
package struct RecurrenceRule: Sendable, Hashable {
    package enum Frequency: String, Sendable {
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
        case yearly = "YEARLY"
    }

    /// A day of the week; with an ordinal, only the one at that place of the month or year, from its end if negative.
    package struct Day: Sendable, Hashable {
        package var weekday: Weekday
        package var ordinal: Int?

        package init(_ weekday: Weekday, ordinal: Int? = nil) { (self.weekday, self.ordinal) = (weekday, ordinal) }
    }

    /// The last possible instance.
    package enum Until: Sendable, Hashable {
        /// All of this day.
        case day(CalendarDate)
        case local(LocalDateTime)
        case utc(LocalDateTime)
    }

    package enum End: Sendable, Hashable {
        /// The number of instances, the first included.
        case count(Int)
        case until(Until)
    }

    package var frequency: Frequency
    package var interval = 1
    package var end: End?
    package var days: [Day] = []
    package var monthDays: [Int] = []
    package var months: [Int] = []
    package var yearDays: [Int] = []
    package var weekNumbers: [Int] = []
    package var hours: [Int] = []
    package var minutes: [Int] = []
    package var seconds: [Int] = []
    package var positions: [Int] = []
    package var weekStart = Weekday.monday

    package init(_ frequency: Frequency, interval: Int = 1) {
        (self.frequency, self.interval) = (frequency, interval)
    }

    package static let intervals = 1...999

    /// True if the rule says no more than its frequency and interval, so that it can be counted from any day.
    package var isPlain: Bool {
        var plain = RecurrenceRule(frequency, interval: interval)
        (plain.end, plain.weekStart) = (end, weekStart)
        return self == plain
    }

    // MARK: Text

    /// The value of an RRULE property, in the order of the RFC's examples.
    package var text: String {
        var parts = ["FREQ=\(frequency.rawValue)"]
        if interval != 1 { parts.append("INTERVAL=\(interval)") }
        func add(_ name: String, _ numbers: [Int]) {
            if !numbers.isEmpty { parts.append("\(name)=" + numbers.map(String.init).joined(separator: ",")) }
        }
        add("BYMONTH", months)
        add("BYWEEKNO", weekNumbers)
        add("BYYEARDAY", yearDays)
        add("BYMONTHDAY", monthDays)
        if !days.isEmpty {
            parts.append(
                "BYDAY=" + days.map { ($0.ordinal.map(String.init) ?? "") + $0.weekday.code }.joined(separator: ","))
        }
        add("BYHOUR", hours)
        add("BYMINUTE", minutes)
        add("BYSECOND", seconds)
        add("BYSETPOS", positions)
        if weekStart != .monday { parts.append("WKST=\(weekStart.code)") }
        switch end {
        case .count(let count): parts.append("COUNT=\(count)")
        case .until(let until): parts.append("UNTIL=\(until.text)")
        case nil: break
        }
        return parts.joined(separator: ";")
    }
}

extension RecurrenceRule.Until {
    /// `20261224`, `20261224T170000` or `20261224T160000Z`.
    fileprivate var text: String {
        switch self {
        case .day(let date): date.text.replacing("-", with: "")
        case .local(let time): Self.basic(time)
        case .utc(let time): Self.basic(time) + "Z"
        }
    }

    private static func basic(_ time: LocalDateTime) -> String {
        let second = time.secondOfDay
        let clock = [second / 3600, second / 60 % 60, second % 60].map { $0.padded(to: 2) }.joined()
        return time.date.text.replacing("-", with: "") + "T" + clock
    }

    init?(_ text: some StringProtocol) {
        let digits = text.utf8.filter(\.isDigit)
        let marks = text.utf8.filter { !$0.isDigit }
        guard digits.count == 8 || digits.count == 14, let year = Int(digits: digits[0..<4]),
            let month = Int(digits: digits[4..<6]), let day = Int(digits: digits[6..<8]),
            let date = CalendarDate(year: year, month: month, day: day)
        else { return nil }
        guard digits.count == 14 else {
            guard marks.isEmpty else { return nil }
            self = .day(date)
            return
        }
        guard text.utf8.dropFirst(8).first == UInt8(ascii: "T"), let hour = Int(digits: digits[8..<10]),
            let minute = Int(digits: digits[10..<12]), let second = Int(digits: digits[12..<14]),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let time = LocalDateTime(date, secondOfDay: hour * 3600 + minute * 60 + second)
        switch marks {
        case Array("T".utf8): self = .local(time)
        case Array("TZ".utf8) where text.hasSuffix("Z"): self = .utc(time)
        default: return nil
        }
    }
}
