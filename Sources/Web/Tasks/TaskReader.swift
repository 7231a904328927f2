import Basics
import Calendar
import Domain

/// The reader of a list, on whose clock and lists some of its parameters depend.
struct TaskReader: Sendable {
    let owner: UserID
    let locale: UserLocale
    let now: Timestamp
    let zones: TimeZoneDatabase
    let lists: ListService

    /// The time on the reader's clock, to the minute.
    var clock: LocalDateTime {
        let local = (locale.timeZone.flatMap(zones.rules) ?? .utc).local(at: now)
        return LocalDateTime(local.date, secondOfDay: local.secondOfDay / 60 * 60)
    }
}
