/// A proof of who the user is that comes with a request for a sensitive operation.
package enum ProofCredential: Sendable {
    case password(String)
    /// A passkey that has verified its user.
    case passkey(PasskeyResponse)
}
