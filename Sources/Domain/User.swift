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

/// A username that keeps the rules: trimmed, at most 100 Unicode scalars, no control characters.
/// Nothing that can be seen means none.
package enum Username {
    package static let maximumLength = 100

    package static func checked(_ input: String?) throws(AppError) -> String? {
        guard let input else { return nil }
        let trimmed = input.trimmingWhitespace()
        guard trimmed.isVisible || trimmed.hasControls else { return nil }
        guard trimmed.unicodeScalars.count <= maximumLength else {
            throw .invalid([
                FieldIssue("username", "The username may have at most \(maximumLength) characters.", .tooLong)
            ])
        }
        guard !trimmed.hasControls else {
            throw .invalid([FieldIssue("username", "The username may not contain control characters.", .wrongValue)])
        }
        return String(trimmed)
    }
}

extension StringProtocol {
    fileprivate var hasControls: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}
