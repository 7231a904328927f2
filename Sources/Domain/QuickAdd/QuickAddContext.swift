import Basics
import Calendar

/// The present, the zone, the week and the lists that the words of a line refer to.
package struct QuickAddContext: Sendable {
    package let now: Timestamp
    /// The name of the reader's zone, and its rules.
    package let zone: String
    let rules: TimeZoneRules
    package let weekStart: Weekday
    /// The names of the reader's lists.
    package let lists: [String]

    package init(now: Timestamp, zone: String, rules: TimeZoneRules, weekStart: Weekday, lists: [String]) {
        (self.now, self.zone, self.rules) = (now, zone, rules)
        (self.weekStart, self.lists) = (weekStart, lists)
    }

    var local: LocalDateTime { rules.local(at: now) }
    var today: CalendarDate { local.date }
}
