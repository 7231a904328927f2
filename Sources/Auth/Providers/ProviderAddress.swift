import Basics
import Domain
import JSON

/// The e-mail address of a user, as a provider tells it.
struct ProviderAddress: Sendable, Equatable {
    let email: EmailAddress
    /// True only if the provider says so.
    let isVerified: Bool

    /// Nil if the claims have no valid address.
    init?(_ claims: JSONObject) {
        guard case .string(let text)? = claims["email"], let email = EmailAddress(text) else { return nil }
        self.email = email
        // Apple writes it as text.
        isVerified = claims["email_verified"] == .bool(true) || claims["email_verified"] == .string("true")
    }
}
