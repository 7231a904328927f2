import Basics
import Domain

/// A user as a provider has just told.
struct ProviderProfile: Sendable, Equatable {
    let identity: ProviderIdentity
    /// Nil unless the provider has verified it.
    let verifiedEmail: EmailAddress?
    let name: String?
    /// The time at which the user signed in there; nil if the provider does not tell it.
    let authenticatedAt: Timestamp?
}
