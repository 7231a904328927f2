/// The tasks of a change to many.
package enum BulkSelection: Sendable {
    case ids([TaskID])
    /// - Parameter expected: the number of tasks that the client saw; nothing is done if there are more or fewer.
    case filter(TaskFilter, expected: Int)

    /// The number of tasks.
    var count: Int {
        switch self {
        case .ids(let ids): ids.count
        case .filter(_, let expected): expected
        }
    }
}
