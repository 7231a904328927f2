/// The content of a new task, or of one that is replaced as a whole.
package struct TaskDraft: Sendable, Hashable {
    package var title: TaskTitle
    package var details: TaskDetails?
    package var isCompleted: Bool

    package init(title: TaskTitle, details: TaskDetails? = nil, isCompleted: Bool = false) {
        self.title = title
        self.details = details
        self.isCompleted = isCompleted
    }
}
