import Domain

/// A session and its user, as they were when last read.
package final class LiveSession: Sendable {
    package let session: Session
    /// Who bears it.
    package let identity: Identity
    private let readAt = ContinuousClock.now

    package init(session: Session, user: User) {
        self.session = session
        identity = Identity(user: user, session: session)
    }

    package var user: User { identity.user }

    /// Whether it was read so lately that nobody else's change can be older. Another process, or somebody at the
    /// database, may end a session too; it is over here within this time.
    var isRecent: Bool { ContinuousClock.now - readAt < .seconds(2) }
}
