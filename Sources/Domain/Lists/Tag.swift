import Basics

/// A label of tasks.
package struct Tag: Sendable, Hashable, Identifiable {
    package var id: TagID
    package var name: ItemName
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(id: TagID, name: ItemName, createdAt: Timestamp, updatedAt: Timestamp) {
        (self.id, self.name, self.createdAt, self.updatedAt) = (id, name, createdAt, updatedAt)
    }

    /// The most that an account may have.
    package static let maximumCount = 5000
    /// The most that a task may have.
    package static let maximumPerTask = 50
}
