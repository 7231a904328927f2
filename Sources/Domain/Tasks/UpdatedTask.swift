import Calendar

/// A task after a change.
package struct UpdatedTask: Sendable, Hashable {
    package let task: TaskItem
    /// The due date of the instance that was completed, of a task that repeats and so stays open.
    package let completedInstance: CalendarTime?

    package init(_ task: TaskItem, completedInstance: CalendarTime? = nil) {
        (self.task, self.completedInstance) = (task, completedInstance)
    }
}
