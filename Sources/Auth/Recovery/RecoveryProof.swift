/// A proof that the owner of an account recovers it, and not a reader of its former mailbox.
package enum RecoveryProof: Sendable {
    /// The password before the change.
    case password(String)
    /// A code of an authenticator app that was set up before the change, or a recovery code from before it.
    case code(String)
    /// A passkey from before the change, which has verified its user.
    case passkey(PasskeyResponse)
}
