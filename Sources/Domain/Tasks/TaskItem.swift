import Basics

/// A task. (Not named `Task`: shadowing Swift's type would break `Task { }` in every file.)
package struct TaskItem: Sendable, Hashable, Identifiable {
    package var id: TaskID
    package var ownerID: UserID
    package var content: TaskContent
    package var placement: TaskPlacement
    package var progress: TaskProgress
    /// The time of completion; nil while it is open. Represents both `completed` and `completed_at` on the wire.
    package var completedAt: Timestamp?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// The time at which it was put into the trash; nil if it is not there.
    package var deletedAt: Timestamp?

    package var isCompleted: Bool { completedAt != nil }

    /// Bytes that it counts for in its owner's quota: its texts, and an approximation of the database's overhead.
    package var size: Int64 { content.size + Self.overhead }
    package static let overhead: Int64 = 128

    /// - Parameter placement: nil for the top of the Inbox.
    package init(
        id: TaskID, ownerID: UserID, content: TaskContent, placement: TaskPlacement? = nil,
        progress: TaskProgress = TaskProgress(), completedAt: Timestamp?, createdAt: Timestamp, updatedAt: Timestamp,
        deletedAt: Timestamp? = nil
    ) {
        (self.id, self.ownerID, self.content, self.progress) = (id, ownerID, content, progress)
        self.placement = placement ?? TaskPlacement(position: Position(newestFirst: id.rawValue))
        (self.completedAt, self.createdAt, self.updatedAt) = (completedAt, createdAt, updatedAt)
        self.deletedAt = deletedAt
    }
}
