/// The proofs that recovering an account takes, any one of them.
package struct RecoveryOptions: Sendable {
    /// True if the account had a password before the change.
    package let takesPassword: Bool
    /// True if it had an authenticator app or recovery codes.
    package let takesCode: Bool
    /// Asks for a passkey; nil if it had none.
    package let passkey: PasskeyRequest?

    package var isEmpty: Bool { !takesPassword && !takesCode && passkey == nil }
}
