/// Selects part of a list: newest first, at most `limit`, older than `cursor`.
package struct TaskQuery: Sendable, Hashable {
    package var isCompleted: Bool?
    package var limit: Int
    package var cursor: TaskID?

    package static let limits = 1...100
    package static let defaultLimit = 50
    /// Bytes of text after which a page ends, however few tasks it has.
    package var maximumTextSize: Int

    package init(
        isCompleted: Bool? = nil, limit: Int = Self.defaultLimit, cursor: TaskID? = nil,
        maximumTextSize: Int = 1 << 20
    ) {
        self.maximumTextSize = maximumTextSize
        self.isCompleted = isCompleted
        self.limit = min(max(limit, Self.limits.lowerBound), Self.limits.upperBound)
        self.cursor = cursor
    }
}
