/// One change to many tasks.
package struct BulkChange: Sendable {
    package var selection: BulkSelection
    package var changes: TaskChanges
    package var deletes: Bool

    package init(_ selection: BulkSelection, changes: TaskChanges = TaskChanges(), deletes: Bool = false) {
        (self.selection, self.changes, self.deletes) = (selection, changes, deletes)
    }

    /// The most tasks that are selected by their ids.
    package static let maximumIDs = 500
    /// The most tasks that are selected by a filter.
    package static let maximumMatches = 5000
}
