/// A session to be stored, with its token's digest, and everything stored and deleted in the same transaction.
package struct NewSession: Sendable {
    package let session: Session
    /// SHA-256 of the cookie's token, hexadecimal: a stolen database grants no sign-in. Nil if the session is only ever
    /// proved by an access token.
    package let tokenDigest: String?
    /// The device that the session begins on, if it is to become known to the account.
    package var device: NewDevice?
    /// The same browser's previous session, which ends when this one begins.
    package var replaced: ReplacedSession?

    package init(session: Session, tokenDigest: String?) {
        self.session = session
        self.tokenDigest = tokenDigest
    }
}
