/// The outcome of a visit to a provider.
package enum ProviderOutcome: Sendable {
    /// - Parameter isNew: true if the account was made by it.
    case signedIn(SignIn, isNew: Bool)
    case linked
    case proved
}
