/// The use of an invitation by a sign-up, counted in the transaction that creates the account.
package struct InvitationUse: Sendable {
    package let id: InvitationID
    /// False if an account may be created without it as well.
    package let isRequired: Bool
    /// Recorded if the use counts.
    package let event: AuditEvent

    package init(_ id: InvitationID, isRequired: Bool, recording event: AuditEvent) {
        self.id = id
        self.isRequired = isRequired
        self.event = event
    }
}
