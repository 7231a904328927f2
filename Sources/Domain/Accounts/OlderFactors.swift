/// The factors that an account had before a change and when it was made, even if they were removed since: each of them
/// shows the account's owner.
package struct OlderFactors: Sendable {
    /// The authenticator apps, without the recovery codes.
    package let apps: [SecondFactor]
    /// Those that were not used.
    package let recoveryCodes: [RecoveryCode]
    /// Those that are not refused.
    package let passkeys: [Passkey]

    package init(apps: [SecondFactor], recoveryCodes: [RecoveryCode], passkeys: [Passkey]) {
        (self.apps, self.recoveryCodes, self.passkeys) = (apps, recoveryCodes, passkeys)
    }

    package static let none = OlderFactors(apps: [], recoveryCodes: [], passkeys: [])

    package var hasCodes: Bool { !apps.isEmpty || !recoveryCodes.isEmpty }
}
