/// A change that its client made to another state of the task than the present one. Nothing was changed.
package struct TaskConflict: Error, Sendable {
    package let current: TaskItem

    package init(current: TaskItem) { self.current = current }
}
