import Domain

/// A user of another system, and the hash to check the password against, if there is one; with what else signs the user
/// in.
package struct ImportedUser: Sendable, Hashable {
    package var user: User
    package var passwordHash: String?
    /// The picture that the user's `image` names, if it is one of ours.
    package var picture: Picture?

    /// Nil if the password alone signs in.
    package var secondFactor: ImportedFactor?

    package var passkeys: [Passkey] = []
    package var linkedAccounts: [LinkedAccount] = []

    package init(
        user: User, passwordHash: String?, picture: Picture? = nil, secondFactor: ImportedFactor? = nil
    ) {
        self.user = user
        self.passwordHash = passwordHash
        self.picture = picture
        self.secondFactor = secondFactor
    }
}
