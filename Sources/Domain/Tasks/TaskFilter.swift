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
    /// True if it selects nothing, as two of its parts exclude each other.
    package var isEmpty = false

    package init(isCompleted: Bool? = nil) { self.isCompleted = isCompleted }

    /// Selects only tasks that have this value too.
    package mutating func narrow<Value: Equatable>(_ part: WritableKeyPath<TaskFilter, Value?>, to value: Value?) {
        guard let value else { return }
        if let known = self[keyPath: part], known != value { isEmpty = true }
        self[keyPath: part] = value
    }

    /// Selects only tasks that are due in this range too.
    package mutating func narrow(to range: TimeRange) { due = due.map { $0.intersection(range) } ?? range }
}
