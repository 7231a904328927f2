/// Something that a process keeps in memory and that another process, or a command, has changed in the database.
package enum Change: Sendable, Hashable {
    /// A session was ended or altered.
    case session(SessionID)
    /// A user was altered or deleted, or several of the user's sessions ended.
    case user(UserID)
    /// A key that signs or verifies was added or taken away.
    case signingKeys
    /// Nobody knows what: all that is in memory may be old.
    case anything
}
