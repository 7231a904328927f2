import Calendar

/// The possible meaning of some words.
package enum QuickAddMeaning: Sendable, Equatable {
    case due(CalendarTime)
    case repeats(TaskRepeat, due: CalendarTime)
    /// A list that does not exist.
    case list(String)
}
