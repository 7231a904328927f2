/// A session that is replaced by another.
package struct ReplacedSession: Sendable {
    package let id: SessionID
    package let userID: UserID
    /// The event to record if the session still existed.
    package let event: AuditEvent

    package init(id: SessionID, userID: UserID, event: AuditEvent) {
        self.id = id
        self.userID = userID
        self.event = event
    }
}
