import Basics

/// A task. (Not named `Task`: shadowing Swift's type would break `Task { }` in every file.)
package struct TaskItem: Sendable, Hashable, Identifiable {
    package var id: TaskID
    package var ownerID: UserID
    package var content: TaskContent
    /// The time of completion; nil while it is open. Represents both `completed` and `completed_at` on the wire.
    package var completedAt: Timestamp?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package var isCompleted: Bool { completedAt != nil }

    /// Bytes that it counts for in its owner's quota: its texts, and an approximation of the database's overhead.
    package var size: Int64 { content.size + Self.overhead }
    package static let overhead: Int64 = 128

    package init(
        id: TaskID, ownerID: UserID, content: TaskContent, completedAt: Timestamp?, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.ownerID = ownerID
        self.content = content
        self.completedAt = completedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
