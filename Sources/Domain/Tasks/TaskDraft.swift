/// The content of a new task.
package struct TaskDraft: Sendable, Hashable {
    package var content: TaskContent
    package var isCompleted: Bool

    package init(_ content: TaskContent, isCompleted: Bool = false) {
        self.content = content
        self.isCompleted = isCompleted
    }
}
