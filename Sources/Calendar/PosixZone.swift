import Basics

/// The rule of a zone for all later years, as a TZif file's footer has it: a TZ string (POSIX, section 8.3; RFC 9636,
/// section 3.3.1), such as `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone: Sendable {
    /// A date and time on which an offset begins.
    private struct Turn {
        enum Day {
            /// Month, week of the month (5 is the last), day of the week (0 is Sunday).
            case weekday(month: Int, week: Int, day: Int)
            /// 1–365; 29 February is never counted.
            case julian(Int)
            /// 0–365; 29 February is counted.
            case zeroBased(Int)
        }

        var day: Day
        /// Seconds after midnight of the local time before the turn; may be negative or more than a day.
        var second: Int

        /// In seconds since 1970-01-01T00:00, as the clock counts them.
        func clockSeconds(in year: Int) -> Int {
            let start = CalendarDate(year: year, month: 1, day: 1) ?? CalendarDate(dayNumber: 0)
            let date: CalendarDate
            switch day {
            case .julian(let number):
                date = start.adding(days: number - 1 + (CalendarDate.isLeap(year) && number >= 60 ? 1 : 0))
            case .zeroBased(let number): date = start.adding(days: number)
            case .weekday(let month, let week, let day):
                let first = start.adding(months: month - 1)
                let weekday = Weekday.allCases[(day + 6) % 7]
                let earliest = first.adding(days: weekday.days(since: first.weekday))
                let weeks = min(week - 1, (first.endOfMonth.dayNumber - earliest.dayNumber) / 7)
                date = earliest.adding(days: 7 * weeks)
            }
            return date.dayNumber * 86_400 + second
        }
    }

    /// Seconds east of Greenwich.
    private let standard: Int
    private let summer: (offset: Int, start: Turn, end: Turn)?

    /// The offset at a moment in seconds since 1970 in UTC.
    func offset(at seconds: Int) -> Int {
        guard let summer else { return standard }
        let year = LocalDateTime(clockSeconds: seconds + standard).date.year
        let start = summer.start.clockSeconds(in: year) - standard
        let end = summer.end.clockSeconds(in: year) - summer.offset
        let isSummer = start < end ? (start..<end).contains(seconds) : !(end..<start).contains(seconds)
        return isSummer ? summer.offset : standard
    }

    /// Nil for a text that breaks the grammar.
    init?(_ text: some StringProtocol) {
        var reader = Reader(Array(text.utf8)[...])
        guard reader.name(), let offset = reader.time() else { return nil }
        standard = -offset
        guard !reader.rest.isEmpty else {
            summer = nil
            return
        }
        guard reader.name() else { return nil }
        var summerOffset = standard + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let offset = reader.time() else { return nil }
            summerOffset = -offset
        }
        guard let start = reader.turn(), let end = reader.turn(), reader.rest.isEmpty else { return nil }
        summer = (summerOffset, start, end)
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func take(_ byte: Character) -> Bool {
            guard let first = rest.first, first == byte.asciiValue else { return false }
            rest.removeFirst()
            return true
        }

        /// Letters, or anything in angle brackets.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                rest = rest[(end + 1)...]
                return true
            }
            let count = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }.count
            rest = rest.dropFirst(count)
            return count >= 3
        }

        mutating func number() -> Int? {
            let digits = rest.prefix(while: \.isDigit)
            rest = rest.dropFirst(digits.count)
            guard digits.count <= 4 else { return nil }
            return Int(digits: digits)
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(), hours <= 167 else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where take(":") {
                guard let value = number(), value < 60 else { return nil }
                seconds += value * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func turn() -> Turn? {
            guard take(",") else { return nil }
            let day: Turn.Day
            if take("M") {
                guard let month = number(), take("."), let week = number(), take("."), let weekday = number(),
                    (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
                else { return nil }
                day = .weekday(month: month, week: week, day: weekday)
            } else if take("J") {
                guard let number = number(), (1...365).contains(number) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(), number <= 365 else { return nil }
                day = .zeroBased(number)
            }
            guard take("/") else { return Turn(day: day, second: 7200) }
            guard let second = time() else { return nil }
            return Turn(day: day, second: second)
        }
    }
}
