/// The ending of a user's sessions, as part of another change.
package struct SessionEnding: Sendable {
    /// The session to keep.
    package let kept: SessionID?
    /// The event to record if any sessions ended.
    package let event: AuditEvent
    /// The session that replaces them.
    package let beginning: (session: NewSession, event: AuditEvent)?

    package init(
        kept: SessionID? = nil, event: AuditEvent, beginning: (session: NewSession, event: AuditEvent)? = nil
    ) {
        self.kept = kept
        self.event = event
        self.beginning = beginning
    }
}
