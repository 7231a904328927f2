import Basics

/// An e-mail that tells an account's owner of a change, to the address that the account had before.
package struct SecurityNotice: Sendable {
    /// The time for which the owner can recover the account.
    package static let recoveryLifetimeSeconds: Int64 = 7 * 86_400

    /// The store sets its address and user.
    package let mail: OutgoingMail
    /// The digest of the token of the link that recovers the account; nil for an e-mail without one.
    package let recoveryDigest: String?

    package init(mail: OutgoingMail, recoveryDigest: String?) {
        (self.mail, self.recoveryDigest) = (mail, recoveryDigest)
    }
}
