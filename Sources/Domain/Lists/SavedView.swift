import Basics

/// A selection of tasks under a name.
package struct SavedView: Sendable, Hashable, Identifiable {
    package var id: ViewID
    package var name: ItemName
    /// The parameters of the list that it shows, as in an address: `view=today&tag=errand`.
    package var query: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(id: ViewID, name: ItemName, query: String, createdAt: Timestamp, updatedAt: Timestamp) {
        (self.id, self.name, self.query) = (id, name, query)
        (self.createdAt, self.updatedAt) = (createdAt, updatedAt)
    }

    /// The most that an account may have.
    package static let maximumCount = 200

    /// In bytes.
    package static let maximumQueryLength = 2000
}
