import Basics
import Domain

/// A user as a provider has just told.
struct ProviderProfile: Sendable, Equatable {
    let identity: ProviderIdentity
    /// Nil unless the provider has verified it.
    let verifiedEmail: EmailAddress?
    let name: String?
}
