/// A change by another process or a command to data that this process caches, or that its clients follow.
package enum Change: Sendable, Hashable {
    /// A session was ended or modified.
    case session(SessionID)
    /// A user was modified or deleted, or several of the user's sessions ended.
    case user(UserID)
    /// The tasks of a user have changed.
    case tasks(UserID)
    /// A signing key was added or removed.
    case signingKeys
    /// An unknown change: everything cached may be stale.
    case anything
}
