/// The content of a new task.
package struct TaskDraft: Sendable, Hashable {
    package var content: TaskContent
    package var isCompleted: Bool
    package var listID: ListID?
    package var parentID: TaskID?

    package init(
        _ content: TaskContent, isCompleted: Bool = false, listID: ListID? = nil, parentID: TaskID? = nil
    ) {
        (self.content, self.isCompleted, self.listID, self.parentID) = (content, isCompleted, listID, parentID)
    }
}
