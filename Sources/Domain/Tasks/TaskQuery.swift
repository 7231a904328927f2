/// Selects a page of a list: at most `limit` tasks, beginning after `cursor`.
package struct TaskQuery: Sendable, Hashable {
    package var filter: TaskFilter
    package var order: TaskOrder
    package var cursor: TaskCursor?
    package var limit: Int

    package static let limits = 1...100
    package static let defaultLimit = 50
    /// Bytes of text after which a page ends, however few tasks it has.
    package var maximumTextSize: Int

    package init(
        _ filter: TaskFilter = TaskFilter(), order: TaskOrder = .newestFirst, cursor: TaskCursor? = nil,
        limit: Int = Self.defaultLimit, maximumTextSize: Int = 1 << 20
    ) {
        self.filter = filter
        self.order = order
        self.cursor = cursor
        self.limit = min(max(limit, Self.limits.lowerBound), Self.limits.upperBound)
        self.maximumTextSize = maximumTextSize
    }
}
