/// The fields to change; nil leaves a field as it is.
package struct TaskChanges: Sendable, Hashable {
    package var title: TaskTitle?
    /// `.some(nil)` removes the description.
    package var details: TaskDetails??
    package var isCompleted: Bool?

    package init(title: TaskTitle? = nil, details: TaskDetails?? = nil, isCompleted: Bool? = nil) {
        self.title = title
        self.details = details
        self.isCompleted = isCompleted
    }

    package init(_ draft: TaskDraft) {
        self.init(title: draft.title, details: .some(draft.details), isCompleted: draft.isCompleted)
    }

    package var isEmpty: Bool { title == nil && details == nil && isCompleted == nil }
}
