/// A task after a change.
package struct UpdatedTask: Sendable {
    package let task: TaskItem
    /// The change of its size in bytes; may be negative.
    package let growth: Int64

    package init(task: TaskItem, growth: Int64) {
        self.task = task
        self.growth = growth
    }
}
