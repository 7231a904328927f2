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
