import Basics
import Calendar

/// A due date in words, as seen from a place and a minute.
struct DueText: Sendable {
    /// How urgent it is, as a class of the style sheet; empty if it is not.
    enum Urgency: String {
        case late, today, soon
        case none = ""
    }

    /// `Yesterday`, `Today 17:00`, `Fri`, `30 Nov`, `3 Mar 2028`.
    let text: String
    /// All of it: `Thu 24 Dec 2026, 17:00 (Europe/Berlin)`.
    let full: String
    let urgency: Urgency
    /// The minute from which it is late, if that is to come.
    let lateFrom: LocalDateTime?

    /// - Parameters:
    ///   - now: the time on the reader's clock.
    ///   - zone: the name of the reader's zone; nil while it is unknown.
    init(_ time: CalendarTime, at now: LocalDateTime, in zone: String?, _ zones: TimeZoneDatabase) {
        full = time.shortText(in: zone)
        var local = time.local
        // A time in another zone is told by the reader's clock.
        if let there = time.local, let name = time.zone, name != zone, let rules = zones.rules(name) {
            local = (zone.flatMap(zones.rules) ?? .utc).local(at: rules.instant(of: there))
        }
        let date = local?.date ?? time.date
        let clock = local.map { " " + LocalDateTime.clock($0.secondOfDay) } ?? ""
        text = Self.day(date, from: now.date) + clock
        let days = date.dayNumber - now.date.dayNumber
        urgency =
            if days < 0 || local.map({ $0 < now }) == true {
                .late
            } else {
                days == 0 ? .today : days == 1 ? .soon : .none
            }
        lateFrom =
            urgency == .late
            ? nil : local.map { LocalDateTime($0.date, secondOfDay: $0.secondOfDay / 60 * 60).adding(seconds: 60) }
    }

    private static func day(_ date: CalendarDate, from today: CalendarDate) -> String {
        let (year, month, day) = date.parts
        switch date.dayNumber - today.dayNumber {
        case -1: return "Yesterday"
        case 0: return "Today"
        case 1: return "Tomorrow"
        case 2...6: return String(date.weekday.name.withInitialCapital.prefix(3))
        default:
            let text = "\(day) \(Timestamp.monthNames[month - 1])"
            return year == today.year ? text : "\(text) \(year)"
        }
    }
}
