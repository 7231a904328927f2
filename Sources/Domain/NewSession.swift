/// A session that is about to be stored, with the digest of the secret that opens it, and what is stored and deleted
/// in the same transaction.
package struct NewSession: Sendable {
    package let session: Session
    /// SHA-256 of the cookie's token, hexadecimal: a stolen database signs nobody in. Nil where the session
    /// is only ever proved by an access token.
    package let tokenDigest: String?
    /// The device that it begins on, where that is to be known to the account from now on.
    package var device: NewDevice?
    /// The session that the same browser had, which ends with this one's beginning.
    package var replaced: ReplacedSession?

    package init(session: Session, tokenDigest: String?) {
        self.session = session
        self.tokenDigest = tokenDigest
    }
}

/// A session whose place another one takes.
package struct ReplacedSession: Sendable {
    package let id: SessionID
    package let userID: UserID
    /// What is recorded where the session was still there.
    package let event: AuditEvent

    package init(id: SessionID, userID: UserID, event: AuditEvent) {
        self.id = id
        self.userID = userID
        self.event = event
    }
}

/// The end of a user's sessions, as part of another change.
package struct SessionEnding: Sendable {
    /// The one that stays.
    package let kept: SessionID?
    /// What is recorded where any were there.
    package let event: AuditEvent
    /// The session that begins in their place.
    package let beginning: (session: NewSession, event: AuditEvent)?

    package init(
        kept: SessionID? = nil, event: AuditEvent, beginning: (session: NewSession, event: AuditEvent)? = nil
    ) {
        self.kept = kept
        self.event = event
        self.beginning = beginning
    }
}
