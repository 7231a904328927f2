/// The order of a list. Tasks with equal keys are ordered by id, so it is total.
package struct TaskOrder: Sendable, Hashable {
    package enum Key: String, Sendable {
        /// The order of ids, as they begin with the time (RFC 9562, section 5.7).
        case creation = "created_at"
        case lastChange = "updated_at"
        /// The order by hand, which is that of a single list.
        case position
        /// The earliest first; those without a due date last, the newest of them first.
        case due
        /// The highest first, and the newest first of each.
        case priority
        /// That in which tasks were put into the trash.
        case deletion = "deleted_at"
    }

    package var key: Key
    package var isDescending: Bool

    package init(_ key: Key, isDescending: Bool = false) {
        self.key = key
        self.isDescending = isDescending
    }

    package static let newestFirst = TaskOrder(.creation, isDescending: true)
    package static let byHand = TaskOrder(.position)
    package static let byDueDate = TaskOrder(.due)
    package static let lastDeletedFirst = TaskOrder(.deletion, isDescending: true)

    /// The orders that have an index.
    package static let indexed = [
        newestFirst, TaskOrder(.creation), byHand, byDueDate, TaskOrder(.priority),
    ]

    /// `created_at`, or `-created_at` for the latest first.
    package var name: String { (isDescending ? "-" : "") + key.rawValue }

    /// The sort key of a task besides its id; nil where the id is the key.
    package func key(of row: TaskRow) -> String? {
        switch key {
        case .creation: nil
        case .lastChange: String(row.time(.updatedAt).milliseconds)
        case .position: row.text(.position)
        case .due: row.optionalText(.due) ?? ""
        case .priority: String(row.integer(.priority))
        case .deletion: String(row.integer(.deletedAt))
        }
    }
}
