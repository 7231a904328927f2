/// Selects part of a list: newest first, at most `limit`, older than `cursor`.
package struct TaskQuery: Sendable, Hashable {
    package var isCompleted: Bool?
    package var limit: Int
    package var cursor: TaskID?

    package static let limits = 1...100
    package static let defaultLimit = 50
    /// Bytes of titles and descriptions after which a page of whole tasks ends, however few those are.
    package static let maximumTextSize = 256 * 1024

    package init(isCompleted: Bool? = nil, limit: Int = Self.defaultLimit, cursor: TaskID? = nil) {
        self.isCompleted = isCompleted
        self.limit = min(max(limit, Self.limits.lowerBound), Self.limits.upperBound)
        self.cursor = cursor
    }
}
