/// The order of a list. Tasks with equal keys are ordered by id, so it is total.
package struct TaskOrder: Sendable, Hashable {
    package enum Key: String, Sendable {
        /// The order of ids, as they begin with the time (RFC 9562, section 5.7).
        case creation = "created_at"
        case lastChange = "updated_at"
    }

    package var key: Key
    package var isDescending: Bool

    package init(_ key: Key, isDescending: Bool) {
        self.key = key
        self.isDescending = isDescending
    }

    package static let newestFirst = TaskOrder(.creation, isDescending: true)

    /// The orders that have an index.
    package static let indexed = [newestFirst, TaskOrder(.creation, isDescending: false)]

    /// `created_at`, or `-created_at` for the latest first.
    package var name: String { (isDescending ? "-" : "") + key.rawValue }
}
