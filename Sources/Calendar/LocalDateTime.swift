import Basics

/// The date on a calendar and the time on a clock, without a zone.
package struct LocalDateTime: Sendable, Hashable, Comparable {
    package var date: CalendarDate
    /// Seconds since midnight, as the clock counts them: 0–86,399.
    package var secondOfDay: Int

    package init(_ date: CalendarDate, secondOfDay: Int) {
        (self.date, self.secondOfDay) = (date, secondOfDay)
    }

    /// - Parameter seconds: seconds since 1970-01-01T00:00, as the clock counts them.
    init(clockSeconds seconds: Int) {
        let day = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        self.init(CalendarDate(dayNumber: day), secondOfDay: seconds - day * 86_400)
    }

    /// Seconds since 1970-01-01T00:00, as the clock counts them.
    var clockSeconds: Int { date.dayNumber * 86_400 + secondOfDay }

    package static func < (left: LocalDateTime, right: LocalDateTime) -> Bool {
        (left.date, left.secondOfDay) < (right.date, right.secondOfDay)
    }

    /// Seconds on the clock from one to the other.
    package func seconds(since other: LocalDateTime) -> Int { clockSeconds - other.clockSeconds }

    /// - Parameter seconds: seconds on the clock.
    package func adding(seconds: Int) -> LocalDateTime { LocalDateTime(clockSeconds: clockSeconds + seconds) }

    /// `2026-12-24T17:00`, with seconds only where there are any.
    package var text: String { "\(date.text)T\(Self.clock(secondOfDay))" }

    /// `17:00`, with seconds only where there are any.
    package static func clock(_ secondOfDay: Int) -> String {
        let seconds = secondOfDay % 60
        let clock = "\((secondOfDay / 3600).padded(to: 2)):\((secondOfDay / 60 % 60).padded(to: 2))"
        return seconds == 0 ? clock : clock + ":" + seconds.padded(to: 2)
    }

    /// Reads `2026-12-24T17:00` or `2026-12-24T17:00:00`, and nothing else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let date = CalendarDate(parts[0]), let second = Self.secondOfDay(parts[1]) else {
            return nil
        }
        self.init(date, secondOfDay: second)
    }

    /// Reads `17:00` or `17:00:00`.
    package static func secondOfDay(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
        let numbers = parts.compactMap { Int(digits: $0) }
        guard numbers.count == parts.count, numbers[0] < 24, numbers[1...].allSatisfy({ $0 < 60 }) else { return nil }
        return numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
    }
}
