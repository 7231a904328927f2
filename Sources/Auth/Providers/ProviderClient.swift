import Basics
import Domain

/// Speaks to one sign-in provider: authorization code flow with PKCE (RFC 6749, RFC 7636, RFC 9700).
protocol ProviderClient: Sendable {
    var provider: SignInProvider { get }

    /// The address that sends a browser to the provider.
    /// - Parameter isProof: true if the provider is to ask the user, signed in there or not.
    /// - Throws: `ProviderRefusal`.
    func authorizationURL(
        _ secrets: FlowSecrets, redirectURI: String, isProof: Bool, at time: Timestamp
    ) async throws -> String

    /// Checks the issuer that an answer names (RFC 9207, section 2.4).
    /// - Throws: `ProviderRefusal`.
    func checkIssuer(_ issuer: String?, at time: Timestamp) async throws

    /// Exchanges the code of an answer for the user's profile.
    /// - Throws: `ProviderRefusal`.
    func profile(
        code: String, _ secrets: FlowSecrets, redirectURI: String, isProof: Bool, at time: Timestamp
    ) async throws -> ProviderProfile
}

extension ProviderClient {
    /// The endpoint with the parameters that all providers get, and some more.
    func authorizationURL(
        at endpoint: String, _ secrets: FlowSecrets, redirectURI: String, _ more: [(String, String)]
    ) throws -> String {
        let parameters =
            [
                ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", redirectURI),
                ("scope", provider.scopes.joined(separator: " ")), ("state", secrets.state),
                ("code_challenge", try secrets.challenge), ("code_challenge_method", "S256"),
            ] + more
        return endpoint + (endpoint.utf8.contains(UInt8(ascii: "?")) ? "&" : "?")
            + PercentEncoding.encodeForm(parameters)
    }

    /// The parameters by which a code becomes tokens.
    func exchange(of code: String, _ secrets: FlowSecrets, redirectURI: String) -> [(String, String)] {
        [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("code_verifier", secrets.verifier),
        ]
    }
}
