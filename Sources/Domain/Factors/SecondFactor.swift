import Basics

/// The second factor of an account: the secret that it shares with an authenticator app, and its recovery codes.
package struct SecondFactor: Sendable, Hashable {
    package let userID: UserID
    /// The secret, encrypted for the server.
    package let sealedSecret: String
    package let activatedAt: Timestamp
    /// The step of the last code that was used: only later ones are right.
    package let lastStep: Int64
    /// The codes that were not used yet.
    package let recoveryCodes: [RecoveryCode]
    /// True if a passkey may take the place of the app.
    package let allowsPasskey: Bool

    package init(
        userID: UserID, sealedSecret: String, activatedAt: Timestamp, lastStep: Int64, recoveryCodes: [RecoveryCode],
        allowsPasskey: Bool = false
    ) {
        (self.userID, self.sealedSecret, self.activatedAt) = (userID, sealedSecret, activatedAt)
        (self.lastStep, self.recoveryCodes) = (lastStep, recoveryCodes)
        self.allowsPasskey = allowsPasskey
    }

    /// The ways in which it can be shown.
    package var methods: [SecondFactorMethod] {
        [.totp] + (recoveryCodes.isEmpty ? [] : [.recoveryCode]) + (allowsPasskey ? [.passkey] : [])
    }
}
