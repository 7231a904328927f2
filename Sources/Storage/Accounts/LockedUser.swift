import Domain

/// The part of a user's row that a change may need to be undone.
struct LockedUser {
    let id: UserID
    let email: EmailAddress
    let passwordHash: String?
}
