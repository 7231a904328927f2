/// The content of a new task, or of one that is replaced as a whole.
package struct TaskDraft: Sendable, Hashable {
    package var title: TaskTitle
    package var description: TaskDescription?
    package var isCompleted: Bool

    package init(title: TaskTitle, description: TaskDescription? = nil, isCompleted: Bool = false) {
        self.title = title
        self.description = description
        self.isCompleted = isCompleted
    }
}
