import Basics
import HTTPClient
import JSON

/// A provider's discovery document (OpenID Connect Discovery 1.0, section 3), as far as it is needed.
struct ProviderMetadata: Sendable, Equatable {
    /// The ways to authenticate at the token endpoint.
    enum ClientAuthentication: String, Sendable {
        case basic = "client_secret_basic"
        case post = "client_secret_post"
    }

    let authorizationEndpoint: String
    let tokenEndpoint: String
    let keySetURL: String
    let userInfoEndpoint: String?
    let clientAuthentication: ClientAuthentication
    /// The algorithms of ID tokens; nil if it names none.
    let algorithms: [String]?
    /// True if each answer names the issuer (RFC 9207, section 3).
    let namesIssuer: Bool
    /// True if ID tokens tell when the user signed in there.
    let tellsAuthTime: Bool

    /// - Throws: `ProviderRefusal`.
    init(_ document: [UInt8], of provider: SignInProvider) throws {
        func refusal(_ cause: String) -> ProviderRefusal {
            ProviderRefusal(.unavailable, "\(provider.discoveryURL) \(cause)")
        }
        guard case .object(let members)? = try? JSONReader.read(document) else {
            throw refusal("is not a discovery document.")
        }
        guard case .string(let issuer)? = members["issuer"], issuer.hasSameBytes(as: provider.issuer) else {
            throw refusal("names another issuer than \(provider.issuer).")
        }
        func endpoint(_ name: String) throws -> String? {
            guard let value = members[name] else { return nil }
            guard case .string(let text) = value, let address = WebAddress(text),
                address.isTLS || Self.isDevelopment(provider) && address.isLoopback
            else { throw refusal("has a \(name) that is not an https address.") }
            return text
        }
        func required(_ name: String) throws -> String {
            guard let text = try endpoint(name) else { throw refusal("has no \(name).") }
            return text
        }
        func texts(_ name: String) -> [String]? {
            guard case .array(let values)? = members[name] else { return nil }
            return values.compactMap { if case .string(let text) = $0 { text } else { nil } }
        }
        authorizationEndpoint = try required("authorization_endpoint")
        tokenEndpoint = try required("token_endpoint")
        keySetURL = try required("jwks_uri")
        userInfoEndpoint = try endpoint("userinfo_endpoint")
        // OpenID Connect Discovery 1.0: client_secret_basic where it says nothing.
        let offered = texts("token_endpoint_auth_methods_supported") ?? [ClientAuthentication.basic.rawValue]
        if offered.contains(ClientAuthentication.basic.rawValue) || provider.clientSecret == nil {
            clientAuthentication = .basic
        } else if offered.contains(ClientAuthentication.post.rawValue) {
            clientAuthentication = .post
        } else {
            throw refusal("offers no way to authenticate with a client secret, but \(offered.joined(separator: ", ")).")
        }
        algorithms = texts("id_token_signing_alg_values_supported")
        namesIssuer = members["authorization_response_iss_parameter_supported"] == .bool(true)
        tellsAuthTime = texts("claims_supported")?.contains("auth_time") ?? false
    }

    /// True for a provider on this machine that speaks plain HTTP, which the settings allow in development only.
    private static func isDevelopment(_ provider: SignInProvider) -> Bool {
        WebAddress(provider.issuer).map { !$0.isTLS && $0.isLoopback } ?? false
    }
}
