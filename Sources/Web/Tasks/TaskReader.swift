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

    var dates: DateFormat { DateFormat(locale, zones) }

    /// The time on the reader's clock, to the minute.
    var clock: LocalDateTime {
        let local = (locale.timeZone.flatMap(zones.rules) ?? .utc).local(at: now)
        return LocalDateTime(local.date, secondOfDay: local.secondOfDay / 60 * 60)
    }

    /// Reads a line of quick add, and finds its list.
    func quickAdd(_ line: String) async throws -> (QuickAdd, ListID?) {
        let known = try await lists.lists(of: owner).filter { !$0.isArchived }
        let read = QuickAdd(line, in: context(lists: known.map(\.name.text)))
        return (read, read.list.flatMap { name in known.first { $0.name.text == name }?.id })
    }

    /// Reads words that say when a task is due; nil if they say anything else too.
    func when(_ words: String) -> QuickAddWhen? { QuickAddWhen(words, in: context(lists: [])) }

    private func context(lists: [String]) -> QuickAddContext {
        let zone = locale.timeZone ?? "UTC"
        return QuickAddContext(
            now: now, zone: zone, rules: zones.rules(zone) ?? .utc, weekStart: locale.weekStart, lists: lists)
    }
}
