import Basics
import Calendar
import Templating

/// A time on a page, on the clocks of its reader.
struct ShownTime: TemplateModel {
    private let time: Timestamp
    private let zone: TimeZoneRules?

    /// - Parameter zone: the reader's; nil while it is unknown.
    init(_ time: Timestamp, in zone: TimeZoneRules? = nil) { (self.time, self.zone) = (time, zone) }

    static let fields: [TemplateField<ShownTime>] = [
        .text("machine") { $0.time.rfc3339 },
        .text("text") { $0.text },
    ]

    /// `21 Nov 2026, 15:05`, or where the zone is unknown `21 Nov 2026, 14:05 UTC`.
    var text: String {
        let local = (zone ?? .utc).local(at: time)
        let (year, month, day) = local.date.parts
        let clock = LocalDateTime.clock(local.secondOfDay / 60 * 60)
        return "\(day) \(Timestamp.monthNames[month - 1]) \(year), \(clock)\(zone == nil ? " UTC" : "")"
    }
}

extension Timestamp {
    /// `21 Nov 2026`, in UTC.
    var shortDate: String {
        let date = Self.civil(fromDays: days)
        return "\(date.day) \(Self.monthNames[Int(date.month - 1) % 12]) \(date.year)"
    }
}
