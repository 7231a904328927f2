import Basics

/// A task. (Not named `Task`: shadowing Swift's type would break `Task { }` in every file.)
package struct TaskItem: Sendable, Hashable, Identifiable {
    package var id: TaskID
    package var ownerID: UserID
    package var title: String
    package var description: String?
    /// The time of completion; nil while it is open. Represents both `completed` and `completed_at` on the wire.
    package var completedAt: Timestamp?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package var isCompleted: Bool { completedAt != nil }

    package init(
        id: TaskID, ownerID: UserID, title: String, description: String?, completedAt: Timestamp?, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.ownerID = ownerID
        self.title = title
        self.description = description
        self.completedAt = completedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
