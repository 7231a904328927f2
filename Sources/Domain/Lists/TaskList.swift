import Basics

/// A list of tasks. Each account has one that cannot be deleted, the Inbox.
package struct TaskList: Sendable, Hashable, Identifiable {
    package var id: ListID
    package var name: ItemName
    package var color: ListColor
    package var position: Position
    package var isArchived: Bool
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package var isInbox: Bool { id == .inbox }

    package init(
        id: ListID, name: ItemName, color: ListColor, position: Position, isArchived: Bool, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        (self.id, self.name, self.color, self.position) = (id, name, color, position)
        (self.isArchived, self.createdAt, self.updatedAt) = (isArchived, createdAt, updatedAt)
    }

    /// The most that an account may have.
    package static let maximumCount = 1000
}
