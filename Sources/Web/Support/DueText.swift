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
    /// All of it: `Thu, 24 Dec 2026, 17:00 (Europe/Berlin)`.
    let full: String
    /// The language of both, for their markup; nil in English.
    let language: String?
    let urgency: Urgency
    /// The minute from which it is late, if that is to come.
    let lateFrom: LocalDateTime?

    /// - Parameters:
    ///   - now: the time on the reader's clock.
    ///   - dates: the reader's.
    init(_ time: CalendarTime, at now: LocalDateTime, in dates: DateFormat, _ zones: TimeZoneDatabase) {
        full = dates.text(time)
        language = dates.language
        var local = time.local
        // A time in another zone is shown by the reader's clock.
        if let there = time.local, let name = time.zone, name != dates.zoneName, let rules = zones.rules(name) {
            local = (dates.zone ?? .utc).local(at: rules.instant(of: there))
        }
        let date = local?.date ?? time.date
        let clock = local.map { " " + dates.style.clock($0.secondOfDay) } ?? ""
        text = Self.day(date, from: now.date, dates.style) + clock
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

    private static func day(_ date: CalendarDate, from today: CalendarDate, _ style: DateStyle) -> String {
        switch date.dayNumber - today.dayNumber {
        // Hindi has one word for both.
        case -1 where style.yesterday != style.tomorrow: style.yesterday
        case 0: style.today
        case 1 where style.yesterday != style.tomorrow: style.tomorrow
        case 1...6: style.weekday(date)
        default: date.year == today.year ? style.day(date) : style.dayAndYear(date)
        }
    }
}
