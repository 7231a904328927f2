import Basics
import Calendar

/// A time at which an e-mail reminds of a task.
package enum Reminder: Sendable, Hashable {
    /// Before the task is due: days on the clock of the due date, and then exact seconds (RFC 5545, section 3.3.6).
    case before(days: Int, seconds: Int)
    case at(CalendarTime)

    /// The most that a task may have.
    package static let maximumCount = 10
    private static let maximumDays = 366
    /// The time of day to which a reminder of a day without a time refers.
    private static let morning = 9 * 3600

    /// The moment of the reminder.
    /// - Parameters:
    ///   - due: the task's due date; nil for a task without one.
    ///   - zone: the rules of the zone of the account.
    /// - Returns: nil for a relative reminder of a task without a due date.
    package func instant(due: CalendarTime?, in zone: TimeZoneRules, _ zones: TimeZoneDatabase) -> Timestamp? {
        func moment(_ time: CalendarTime, daysBefore days: Int) -> Timestamp {
            let clock = time.local ?? LocalDateTime(time.date, secondOfDay: Self.morning)
            let rules = time.zone.flatMap(zones.rules) ?? zone
            return rules.instant(of: LocalDateTime(clock.date.adding(days: -days), secondOfDay: clock.secondOfDay))
        }
        switch self {
        case .at(let time): return moment(time, daysBefore: 0)
        case .before(let days, let seconds):
            return due.map { moment($0, daysBefore: days).adding(seconds: -Int64(seconds)) }
        }
    }

    // MARK: Text

    /// An ISO 8601 duration, such as `P1D` or `PT30M`; for an absolute reminder, `@` and its `CalendarTime.storedText`.
    package var storedText: String {
        switch self {
        case .at(let time): "@" + time.storedText
        case .before(let days, let seconds): Self.duration(days: days, seconds: seconds)
        }
    }

    package static func duration(days: Int, seconds: Int) -> String {
        let parts = [(seconds / 3600, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S")]
        let time = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
        guard days > 0 || !time.isEmpty else { return "PT0S" }
        return "P" + (days > 0 ? "\(days)D" : "") + (time.isEmpty ? "" : "T" + time)
    }

    /// Nil for a text that is not one of these.
    package init?(stored text: String) {
        if text.hasPrefix("@") {
            guard let time = CalendarTime(stored: String(text.dropFirst())) else { return nil }
            self = .at(time)
        } else {
            self.init(duration: text)
        }
    }

    /// Reads a duration of weeks, or of days, hours, minutes and seconds, of at most 366 days.
    package init?(duration text: String) {
        guard text.utf8.count <= 40, text.hasPrefix("P") else { return nil }
        var (days, seconds, digits, isTime, last) = (0, 0, "", false, -1)
        var hasParts = false
        for character in text.dropFirst() {
            if character == "T", !isTime, digits.isEmpty {
                (isTime, hasParts) = (true, false)
                continue
            }
            if ("0"..."9").contains(character), digits.utf8.count < 8 {
                digits.append(character)
                continue
            }
            guard let number = Int(digits), let unit = "WDHMS".firstIndex(of: character) else { return nil }
            let rank = "WDHMS".distance(from: "WDHMS".startIndex, to: unit)
            guard rank > last, (rank >= 2) == isTime else { return nil }
            (last, digits, hasParts) = (rank, "", true)
            switch rank {
            case 0: days += 7 * number
            case 1: days += number
            case 2: seconds += 3600 * number
            case 3: seconds += 60 * number
            default: seconds += number
            }
        }
        guard hasParts, digits.isEmpty, days + seconds / 86_400 <= Self.maximumDays else { return nil }
        self = .before(days: days, seconds: seconds)
    }
}

extension [Reminder] {
    /// Each in its own line; nil for none.
    package var storedText: String? { isEmpty ? nil : map(\.storedText).joined(separator: "\n") }

    /// The moments of reminders, with the number of each. Of several at one moment, the first counts.
    /// - Parameters:
    ///   - due, zone, zones: as of ``Reminder/instant(due:in:_:)``.
    ///   - chosen: the moment that is meant by a reminder's own; nil to leave it out.
    package func moments(
        due: CalendarTime?, in zone: TimeZoneRules, _ zones: TimeZoneDatabase,
        _ chosen: (Reminder, Timestamp) -> Timestamp?
    ) -> [(number: Int, moment: Timestamp)] {
        var known = Set<Timestamp>()
        return enumerated().compactMap { number, reminder in
            guard let own = reminder.instant(due: due, in: zone, zones), let moment = chosen(reminder, own),
                known.insert(moment).inserted
            else { return nil }
            return (number, moment)
        }
    }

    package init(stored text: String) {
        self = text.split(separator: "\n").compactMap { Reminder(stored: String($0)) }
    }
}
