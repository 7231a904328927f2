/// A provider that users may sign in with.
package struct SignInProvider: Sendable, Equatable {
    /// The name in settings and addresses: lower-case letters, digits, `-` and `_`.
    package let name: String
    /// The name on buttons.
    package let label: String
    /// Its identifier, octet for octet as in its tokens; the address of one that issues none.
    package let issuer: String
    package let clientID: String
    /// Nil for a public client.
    package let clientSecret: String?
    package let scopes: [String]
    package let kind: ProviderKind

    /// - Parameter scopes: nil for those of its kind.
    package init(
        name: String, label: String, issuer: String, clientID: String, clientSecret: String?, scopes: [String]? = nil,
        kind: ProviderKind = .openID
    ) {
        (self.name, self.label, self.issuer) = (name, label, issuer)
        (self.clientID, self.clientSecret, self.kind) = (clientID, clientSecret, kind)
        let scopes = scopes ?? kind.standardScopes
        // Without it, it is not OpenID Connect.
        self.scopes = kind != .openID || scopes.contains("openid") ? scopes : ["openid"] + scopes
    }

    /// The path that the provider sends browsers back to; Better Auth's, so that users of it have nothing to change
    /// there.
    package var callbackPath: String { "/api/auth/callback/\(name)" }

    /// The address of its discovery document (OpenID Connect Discovery 1.0, section 4).
    var discoveryURL: String { TrustedIssuer.withoutFinalSlash(issuer) + "/.well-known/openid-configuration" }
}
