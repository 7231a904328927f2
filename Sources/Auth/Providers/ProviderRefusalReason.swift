/// The kinds of refusals after a visit to a sign-in provider, each with its own sentence on the pages.
package enum ProviderRefusalReason: String, Sendable, CaseIterable {
    /// The user, or the provider on the user's behalf, has declined.
    case declined
    /// It took too long, or began in another browser.
    case expired
    /// The provider does not respond as it should, and it may later.
    case unavailable
    /// Its response is invalid.
    case notTrusted = "not-trusted"
    /// It tells no verified e-mail address, without which no account is made.
    case noVerifiedAddress = "no-verified-address"
    /// An account here has the address, and is not linked by it.
    case accountExists = "account-exists"
    /// Linking needs a verified address, or the same one on both sides.
    case addressNotVerified = "address-not-verified"
    /// The account at the provider is linked to another account here.
    case linkedElsewhere = "linked-elsewhere"
    /// A proof of another account than the one that is signed in.
    case otherAccount = "other-account"
    /// The session that began the visit has ended.
    case sessionEnded = "session-ended"
}
