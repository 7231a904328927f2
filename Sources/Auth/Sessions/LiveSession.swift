import Domain

/// A session and its user, as of the last read.
package final class LiveSession: Sendable {
    package let session: Session
    /// The session's bearer.
    package let identity: Identity
    private let readAt = ContinuousClock.now

    package init(session: Session, user: User) {
        self.session = session
        identity = Identity(user: user, by: .session(session))
    }

    package var user: User { identity.user }

    /// The time for which what was read from the database is believed. Another process or an operator may end a session
    /// or an API token too; it ends here within this time.
    static let validity = Duration.seconds(2)

    /// True if it was read so recently that no change elsewhere can be older.
    var isRecent: Bool { ContinuousClock.now - readAt < Self.validity }
}
