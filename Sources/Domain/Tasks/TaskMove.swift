import Basics

/// A new place for a task; nil leaves a part as it is.
package struct TaskMove: Sendable, Hashable {
    package var listID: ListID?
    package var parentID: Patch<TaskID> = .keep
    /// The task that it is put before, and whose list and parent it gets unless they are given.
    package var before: TaskID?
    /// The task that it is put after, likewise.
    package var after: TaskID?

    package init() {}
}
