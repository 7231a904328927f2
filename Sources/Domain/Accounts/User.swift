import Basics

/// A user with an account.
package struct User: Sendable, Hashable, Identifiable {
    package var id: UserID
    package var email: EmailAddress
    /// An optional display name; not unique.
    package var username: String?
    package var isEmailVerified: Bool
    /// True for an account that was made while verification was required: it cannot be used before.
    package var mustVerify = false
    /// True if a password alone does not sign in.
    package var hasSecondFactor = false
    /// The time from which recovery codes alone set a new password, as was asked for; nil unless that waits.
    package var resetReadyAt: Timestamp?
    /// True if the user may manage the server: other accounts, invitations, the audit trail.
    package var isAdmin = false
    /// The address of a picture, external or a path on this server; not shown by our own pages, but clients may.
    package var image: String?
    package var isActive: Bool
    /// The time when the user asked for the account's deletion; the account is inactive then.
    package var deletionRequestedAt: Timestamp?
    package var appearance: Appearance
    package var locale = UserLocale()
    /// True if reminders of tasks are sent to the address, once it is verified.
    package var mailsReminders = true
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    /// The name shown on pages.
    package var shownName: String { username ?? email.text }

    package init(
        id: UserID, email: EmailAddress, username: String?, isEmailVerified: Bool = false, image: String? = nil,
        isActive: Bool, appearance: Appearance = .system, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.isEmailVerified = isEmailVerified
        self.image = image
        self.isActive = isActive
        self.appearance = appearance
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
