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
