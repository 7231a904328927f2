/// The purpose of a visit to a sign-in provider.
package enum ProviderPurpose: Sendable, Hashable {
    /// - Parameter invitationDigest: of the token of an invitation, for a user who has no account yet.
    case signIn(isRemembered: Bool, invitationDigest: String?)
    /// Links the provider's account to that of the user who is signed in.
    case link(SessionID)
    /// Confirms that the account's owner is present, for a sensitive act.
    case proof(SessionID)
}
