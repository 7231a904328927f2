/// An account as far as a new password by recovery codes needs it.
package struct RecoverableAccount: Sendable {
    package let user: User
    /// Nil if there is none.
    package let secondFactor: SecondFactor?
    /// True if the account has a passkey that is not refused.
    package let hasPasskey: Bool
    /// The codes that were not used.
    package let codes: [RecoveryCode]
    /// The two codes of the reset that waits.
    package let usedCodes: [RecoveryCode]
    package let waitingReset: WaitingReset?

    package init(
        user: User, secondFactor: SecondFactor?, hasPasskey: Bool, codes: [RecoveryCode], usedCodes: [RecoveryCode],
        waitingReset: WaitingReset?
    ) {
        (self.user, self.secondFactor, self.hasPasskey) = (user, secondFactor, hasPasskey)
        (self.codes, self.usedCodes, self.waitingReset) = (codes, usedCodes, waitingReset)
    }
}
