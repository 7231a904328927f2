/// An encrypted secret of an authenticator app, or digest of a recovery code, as stored.
package struct SealedFactor: Sendable, Hashable {
    package let userID: UserID
    /// Nil for the secret of the authenticator app.
    package let codeID: RecoveryCodeID?
    package let text: String

    package init(userID: UserID, codeID: RecoveryCodeID?, text: String) {
        (self.userID, self.codeID, self.text) = (userID, codeID, text)
    }
}
