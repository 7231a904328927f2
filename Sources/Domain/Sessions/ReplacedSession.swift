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
