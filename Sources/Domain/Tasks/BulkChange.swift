/// One change to many tasks.
package struct BulkChange: Sendable {
    package enum Selection: Sendable {
        case ids([TaskID])
        /// - Parameter expected: the number of tasks that the client saw; nothing is done if there are more or fewer.
        case filter(TaskFilter, expected: Int)
    }

    package var selection: Selection
    package var changes: TaskChanges
    package var deletes: Bool

    package init(_ selection: Selection, changes: TaskChanges = TaskChanges(), deletes: Bool = false) {
        (self.selection, self.changes, self.deletes) = (selection, changes, deletes)
    }

    /// The most tasks that are selected by their ids.
    package static let maximumIDs = 500
    /// The most tasks that are selected by a filter.
    package static let maximumMatches = 5000
}
