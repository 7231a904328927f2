import Auth
import Domain

/// The services of the admin's pages, besides those of all pages.
package struct AdminServices: Sendable {
    package var setup: AdminSetup
    /// The administration of accounts, by an author.
    package var administration: @Sendable (AuditEvent.Source) -> AccountAdministration
    package var trail: any AuditStore
    package var verification: AuditVerification
    package var outbox: any MailOutbox
    /// Sent when mail is to be tried again.
    package var mailSignal: MailSignal
    package var server: ServerFacts

    package init(
        setup: AdminSetup, administration: @escaping @Sendable (AuditEvent.Source) -> AccountAdministration,
        trail: any AuditStore, verification: AuditVerification,
        outbox: any MailOutbox, mailSignal: MailSignal, server: ServerFacts
    ) {
        (self.setup, self.administration, self.trail) = (setup, administration, trail)
        (self.verification, self.outbox, self.mailSignal) = (verification, outbox, mailSignal)
        self.server = server
    }
}
