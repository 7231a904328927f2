/// The reason why a change to many tasks was not made at all.
package enum BulkRefusal: Error, Sendable {
    /// There are no such tasks.
    case missing([TaskID])
    /// The filter selects another number of tasks than the client saw.
    case unexpected(count: Int)
}
