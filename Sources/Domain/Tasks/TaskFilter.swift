/// Selects tasks by what they are; nil selects all.
package struct TaskFilter: Sendable, Hashable {
    package var isCompleted: Bool?
    package var listID: ListID?
    /// The keys of tags, all of which a task must have.
    package var tags: [String] = []
    package var priority: TaskPriority?
    package var hasDescription: Bool?
    package var hasTags: Bool?
    package var hasDue: Bool?
    /// The times at which tasks are due.
    package var due: TimeRange?
    /// Folded words, all of which a task must have, at least as the beginnings of its own.
    package var words: [String] = []
    package var isInTrash = false

    package init(isCompleted: Bool? = nil) { self.isCompleted = isCompleted }
}
