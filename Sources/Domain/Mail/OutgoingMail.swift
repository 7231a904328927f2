import Basics

/// An e-mail to put into the outbox. It holds no secrets: tokens are derived from its id when it is sent.
package struct OutgoingMail: Sendable, Equatable {
    package let id: MailID
    package var kind: MailKind
    /// Nil for an address without an account.
    package var userID: UserID?
    package var address: EmailAddress
    /// Facts for the template, such as the network address of the request.
    package var details: [String: String]
    package let createdAt: Timestamp
    /// The time after which the e-mail is obsolete.
    package let expiresAt: Timestamp

    package init(
        id: MailID, kind: MailKind, userID: UserID? = nil, address: EmailAddress, details: [String: String] = [:],
        createdAt: Timestamp, expiresAt: Timestamp
    ) {
        (self.id, self.kind, self.userID, self.address, self.details) = (id, kind, userID, address, details)
        (self.createdAt, self.expiresAt) = (createdAt, expiresAt)
    }
}
