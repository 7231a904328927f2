import Calendar

/// The built-in views.
package enum TaskView: String, Sendable, CaseIterable {
    case open
    /// Due today or overdue.
    case today
    /// Due after today.
    case upcoming
    /// Without a due date.
    case anytime
    case done

    /// - Parameters:
    ///   - today: the day where the reader is.
    ///   - zone: the name of the reader's zone.
    package func filter(on today: CalendarDate, in zone: String?) -> TaskFilter {
        var filter = TaskFilter(isCompleted: self == .done)
        let tomorrow = today.adding(days: 1)
        switch self {
        case .open, .done: break
        case .today: filter.due = TimeRange(until: tomorrow, zone: zone)
        case .upcoming: filter.due = TimeRange(from: tomorrow, zone: zone)
        case .anytime: filter.hasDue = false
        }
        return filter
    }

    package var order: TaskOrder {
        switch self {
        case .open, .anytime, .done: .newestFirst
        case .today, .upcoming: .byDueDate
        }
    }
}
