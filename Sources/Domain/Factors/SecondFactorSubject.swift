/// The account whose second factor is shown.
package enum SecondFactorSubject: Sendable {
    /// By the digest of a challenge's token.
    case challenge(String)
    /// A user who is signed in.
    case user(UserID)
}
