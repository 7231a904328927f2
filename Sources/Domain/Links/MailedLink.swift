/// A link, the e-mail that carries it, and the event that records both: they are stored together.
package struct MailedLink: Sendable {
    package let link: AccountLink
    package let mail: OutgoingMail
    package let event: AuditEvent

    package init(link: AccountLink, mail: OutgoingMail, event: AuditEvent) {
        (self.link, self.mail, self.event) = (link, mail, event)
    }

    /// The same for an address that is taken: its owner is notified of the attempt, and the link is void.
    package var tellingOwner: MailedLink {
        var mail = mail
        mail.kind = .existingAccount
        return MailedLink(link: link, mail: mail, event: event)
    }
}
