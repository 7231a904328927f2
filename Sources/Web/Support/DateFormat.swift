import Basics
import Calendar
import Domain

/// How a reader reads dates: in which zone, and in the words of which language.
struct DateFormat: Sendable {
    /// The name of the zone; nil while it is unknown.
    let zoneName: String?
    let zone: TimeZoneRules?
    let style: DateStyle

    /// British English, and UTC.
    static let unknown = DateFormat(zoneName: nil, zone: nil, style: .style(for: nil))

    private init(zoneName: String?, zone: TimeZoneRules?, style: DateStyle) {
        (self.zoneName, self.zone, self.style) = (zoneName, zone, style)
    }

    init(_ locale: UserLocale, _ zones: TimeZoneDatabase) {
        self.init(
            zoneName: locale.timeZone, zone: locale.timeZone.flatMap(zones.rules), style: .style(for: locale.language))
    }

    /// The language of the words, for their markup; nil in English, the language of the pages.
    var language: String? { style.language.hasPrefix("en") ? nil : style.language }

    /// `Thu, 24 Dec 2026`, `Thu, 24 Dec 2026, 17:00` or `Thu, 24 Dec 2026, 17:00 (Europe/Berlin)`; the reader's own zone
    /// is not named.
    func text(_ time: CalendarTime) -> String {
        let clock = time.local.map { ", " + style.clock($0.secondOfDay) } ?? ""
        let zone = time.zone.map { $0 == zoneName ? "" : " (\($0))" } ?? ""
        return style.weekdayAndDay(time.date) + clock + zone
    }

    /// `21 Nov 2026, 15:05`, or where the zone is unknown `21 Nov 2026, 14:05 UTC`.
    func text(_ time: Timestamp) -> String {
        let local = (zone ?? .utc).local(at: time)
        let clock = style.clock(local.secondOfDay / 60 * 60)
        return "\(style.dayAndYear(local.date)), \(clock)\(zone == nil ? " UTC" : "")"
    }

    /// `21 Nov 2026`.
    func day(_ time: Timestamp) -> String { style.dayAndYear((zone ?? .utc).local(at: time).date) }
}
