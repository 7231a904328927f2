/// A task as it is after a change.
package struct UpdatedTask: Sendable {
    package let task: TaskItem
    /// Bytes that it takes more than before, or less.
    package let growth: Int64

    package init(task: TaskItem, growth: Int64) {
        self.task = task
        self.growth = growth
    }
}
