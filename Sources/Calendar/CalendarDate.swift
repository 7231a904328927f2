import Basics

/// A day of the Gregorian calendar, without a time or a zone.
package struct CalendarDate: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    package let dayNumber: Int

    /// The years that texts may have.
    package static let years = 1...9999

    package init(dayNumber: Int) { self.dayNumber = dayNumber }

    /// Nil for a day that does not exist, such as 30 February.
    package init?(year: Int, month: Int, day: Int) {
        guard Self.years.contains(year), (1...12).contains(month),
            (1...Self.daysInMonth(month, of: year)).contains(day)
        else { return nil }
        self.init(valid: year, month, day)
    }

    /// A day that exists.
    private init(valid year: Int, _ month: Int, _ day: Int) {
        dayNumber = Self.dayNumber(ofMonth: month, of: year) + day - 1
    }

    package var year: Int { parts.year }
    package var month: Int { parts.month }
    package var day: Int { parts.day }

    package var parts: (year: Int, month: Int, day: Int) {
        let (year, month, day) = Timestamp.civil(fromDays: Int64(dayNumber))
        return (Int(year), Int(month), Int(day))
    }

    package var weekday: Weekday { Weekday.allCases[((dayNumber + 3) % 7 + 7) % 7] }

    /// 1 for the first of January.
    package var dayOfYear: Int { dayNumber - Self.dayNumber(ofMonth: 1, of: year) + 1 }

    package static func < (left: CalendarDate, right: CalendarDate) -> Bool { left.dayNumber < right.dayNumber }

    package func adding(days: Int) -> CalendarDate { CalendarDate(dayNumber: dayNumber + days) }

    /// The same day of a later month, or that month's last day: a month after 31 January is 28 February.
    package func adding(months: Int) -> CalendarDate {
        let (year, month, day) = parts
        let index = year * 12 + month - 1 + months
        let (newYear, newMonth) = (index / 12, index % 12 + 1)
        return CalendarDate(valid: newYear, newMonth, min(day, Self.daysInMonth(newMonth, of: newYear)))
    }

    /// The first day of the week that the day lies in.
    package func startOfWeek(beginning first: Weekday) -> CalendarDate { adding(days: -weekday.days(since: first)) }

    package var startOfMonth: CalendarDate { adding(days: 1 - day) }

    package var endOfMonth: CalendarDate {
        let (year, month, day) = parts
        return adding(days: Self.daysInMonth(month, of: year) - day)
    }

    package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func daysInYear(_ year: Int) -> Int { isLeap(year) ? 366 : 365 }

    package static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day number of the first of a month, by years that begin in March, so that the leap day comes last.
    private static func dayNumber(ofMonth month: Int, of year: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    // MARK: Texts

    /// `2026-12-24` (RFC 3339, full-date).
    package var text: String {
        let (year, month, day) = parts
        return "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))"
    }

    /// Reads `2026-12-24`, and nothing else.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Int(digits: bytes[0..<4]), let month = Int(digits: bytes[5..<7]),
            let day = Int(digits: bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }
}

extension Int {
    /// Decimal, with zeros in front.
    func padded(to width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
