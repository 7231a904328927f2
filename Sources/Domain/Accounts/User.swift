import Basics

/// Somebody with an account.
package struct User: Sendable, Hashable, Identifiable {
    package var id: UserID
    package var email: EmailAddress
    /// What the person likes to be called; not unique, and nobody has to give one.
    package var username: String?
    package var isEmailVerified: Bool
    /// The address of a picture, elsewhere or a path of ours; nothing here shows it, clients may.
    package var image: String?
    package var isActive: Bool
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    /// What pages call them.
    package var shownName: String { username ?? email.text }

    package init(
        id: UserID, email: EmailAddress, username: String?, isEmailVerified: Bool = false, image: String? = nil,
        isActive: Bool, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.isEmailVerified = isEmailVerified
        self.image = image
        self.isActive = isActive
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
