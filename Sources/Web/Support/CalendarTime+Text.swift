import Basics
import Calendar

extension CalendarTime {
    /// `Thu 24 Dec 2026`, `Thu 24 Dec 2026, 17:00` or `Thu 24 Dec 2026, 17:00 (Europe/Berlin)`.
    /// - Parameter readersZone: is not named.
    func shortText(in readersZone: String?) -> String {
        let (year, month, day) = date.parts
        let weekday = date.weekday.name.withInitialCapital.prefix(3)
        let clock = local.map { ", " + LocalDateTime.clock($0.secondOfDay) } ?? ""
        return "\(weekday) \(day) \(Timestamp.monthNames[month - 1]) \(year)\(clock)"
            + (zone.map { $0 == readersZone ? "" : " (\($0))" } ?? "")
    }
}
