/// A change by another process or a command to data that this process caches.
package enum Change: Sendable, Hashable {
    /// A session was ended or modified.
    case session(SessionID)
    /// A user was modified or deleted, or several of the user's sessions ended.
    case user(UserID)
    /// A signing key was added or removed.
    case signingKeys
    /// An unknown change: everything cached may be stale.
    case anything
}
