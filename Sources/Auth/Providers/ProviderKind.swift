/// The protocol that a sign-in provider speaks: OpenID Connect, or one of its own on top of OAuth 2.0, which gives no ID
/// token.
package enum ProviderKind: String, Sendable, CaseIterable {
    case openID = "oidc"
    /// GitHub, and GitHub Enterprise Server at an issuer of its own
    /// (docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps).
    case gitHub = "github"
    /// discord.com/developers/docs/topics/oauth2
    case discord

    /// The issuer where the settings name no other one; nil for OpenID Connect, which has many.
    package var standardIssuer: String? {
        switch self {
        case .openID: nil
        case .gitHub: "https://github.com"
        case .discord: "https://discord.com"
        }
    }

    /// The name on buttons where the settings say no other; nil for the provider's own.
    package var standardLabel: String? {
        switch self {
        case .openID: nil
        case .gitHub: "GitHub"
        case .discord: "Discord"
        }
    }

    /// The scopes that tell of a user and the address.
    package var standardScopes: [String] {
        switch self {
        case .openID: ["openid", "email", "profile"]
        case .gitHub: ["read:user", "user:email"]
        case .discord: ["identify", "email"]
        }
    }
}
