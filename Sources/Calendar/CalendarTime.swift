import Basics

/// A time as people plan it (RFC 5545, sections 3.3.4 and 3.3.5).
package enum CalendarTime: Sendable, Hashable {
    /// A day, the same in every time zone.
    case day(CalendarDate)
    /// A time on the clock of the reader's zone.
    case floating(LocalDateTime)
    /// A time on the clock of a zone, by its name in the IANA database.
    case zoned(LocalDateTime, zone: String)

    package var date: CalendarDate {
        switch self {
        case .day(let date): date
        case .floating(let time), .zoned(let time, _): time.date
        }
    }

    /// Nil for a day.
    package var local: LocalDateTime? {
        switch self {
        case .day: nil
        case .floating(let time), .zoned(let time, _): time
        }
    }

    /// Nil for a day and for a floating time.
    package var zone: String? {
        if case .zoned(_, let zone) = self { zone } else { nil }
    }

    /// Another date or time of the same form; a day ignores the time.
    package func with(_ time: LocalDateTime) -> CalendarTime {
        switch self {
        case .day: .day(time.date)
        case .floating: .floating(time)
        case .zoned(_, let zone): .zoned(time, zone: zone)
        }
    }

    /// The time on the clock; midnight for a day, for arithmetic that cares about dates only.
    package var clock: LocalDateTime { local ?? LocalDateTime(date, secondOfDay: 0) }

    /// `2026-12-24` or `2026-12-24T17:00`; the zone stands apart.
    package var text: String { local?.text ?? date.text }

    /// `2026-12-24`, `2026-12-24T17:00` or `2026-12-24T17:00[Europe/Berlin]`, the suffix as in RFC 9557. Days come before
    /// the times of the same day in the order of these texts.
    package var storedText: String { text + (zone.map { "[\($0)]" } ?? "") }

    /// Nil for a text that is not one of these.
    package init?(stored text: String) {
        guard let bracket = text.firstIndex(of: "[") else {
            self.init(text, zone: nil)
            return
        }
        guard text.hasSuffix("]"), let local = LocalDateTime(text[..<bracket]) else { return nil }
        self = .zoned(local, zone: String(text[bracket...].dropFirst().dropLast()))
    }

    /// - Parameter zone: nil for a floating time; ignored for a day.
    package init?(_ text: some StringProtocol, zone: String?) {
        if let date = CalendarDate(text) {
            self = .day(date)
        } else if let time = LocalDateTime(text) {
            self = zone.map { .zoned(time, zone: $0) } ?? .floating(time)
        } else {
            return nil
        }
    }
}
