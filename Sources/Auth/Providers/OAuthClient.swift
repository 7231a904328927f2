import Basics
import Domain
import HTTPClient
import JSON

/// Speaks to a provider with OAuth 2.0 alone. There is no ID token, so the provider's API is asked who the user is, with
/// the access token that came for this server's code and secret.
struct OAuthClient: ProviderClient {
    let provider: SignInProvider
    private let requests: ProviderRequests
    private let service: Service

    /// A provider's addresses, and how it describes a user.
    private struct Service {
        let authorizationEndpoint: String
        let tokenEndpoint: String
        let userEndpoint: String
        /// The endpoint that lists addresses, if the user's own object tells none.
        var addressesEndpoint: String?
        /// The parameter that makes the provider ask the user, signed in there or not.
        let proof: (String, String)
        /// The members with the name, the best first.
        let names: [String]
    }

    /// - Returns: nil for a provider with OpenID Connect.
    init?(_ provider: SignInProvider, sender: any RequestSender) {
        self.provider = provider
        requests = ProviderRequests(sender: sender)
        let base = TrustedIssuer.withoutFinalSlash(provider.issuer)
        switch provider.kind {
        case .openID: return nil
        case .gitHub:
            let api = provider.issuer == provider.kind.standardIssuer ? "https://api.github.com" : base + "/api/v3"
            service = Service(
                authorizationEndpoint: base + "/login/oauth/authorize",
                tokenEndpoint: base + "/login/oauth/access_token", userEndpoint: api + "/user",
                addressesEndpoint: api + "/user/emails", proof: ("prompt", "select_account"), names: ["name", "login"])
        case .discord:
            service = Service(
                authorizationEndpoint: base + "/oauth2/authorize", tokenEndpoint: base + "/api/oauth2/token",
                userEndpoint: base + "/api/users/@me", proof: ("prompt", "consent"), names: ["global_name", "username"])
        }
    }

    func authorizationURL(
        _ secrets: FlowSecrets, redirectURI: String, isProof: Bool, at time: Timestamp
    ) async throws -> String {
        try authorizationURL(
            at: service.authorizationEndpoint, secrets, redirectURI: redirectURI, isProof ? [service.proof] : [])
    }

    /// Each provider sends browsers back to an address of its own, which tells answers apart as well (RFC 9700, section
    /// 4.4.2.2), and these have no identifiers that they would name.
    func checkIssuer(_ issuer: String?, at time: Timestamp) {}

    func profile(
        code: String, _ secrets: FlowSecrets, redirectURI: String, isProof: Bool, at time: Timestamp
    ) async throws -> ProviderProfile {
        var parameters = exchange(of: code, secrets, redirectURI: redirectURI) + [("client_id", provider.clientID)]
        if let secret = provider.clientSecret { parameters.append(("client_secret", secret)) }
        let members = try await requests.post(service.tokenEndpoint, parameters)
        guard let accessToken = try ProviderRequests.accessToken(members, of: service.tokenEndpoint) else {
            // GitHub answers errors with 200.
            throw ProviderRefusal(
                .notTrusted,
                "\(service.tokenEndpoint) sent no access token\(ProviderRequests.errorCode(.object(members))).")
        }
        let user = try ProviderRequests.object(
            try await requests.get(service.userEndpoint, accessToken), of: service.userEndpoint)
        let subject: String
        // Never a name: GitHub gives those of deleted accounts to others.
        switch user["id"] {
        case .integer(let number)? where number > 0: subject = String(number)
        case .string(let text)?
        where (1...64).contains(text.utf8.count) && text.utf8.allSatisfy({ (0x30...0x39).contains($0) }):
            subject = text
        default: throw ProviderRefusal(.notTrusted, "\(service.userEndpoint) tells no id of the user.")
        }
        let name = service.names.lazy.compactMap { member in
            if case .string(let text)? = user[member], !text.isEmpty { text } else { nil }
        }.first
        return ProviderProfile(
            identity: ProviderIdentity(issuer: provider.issuer, subject: subject),
            verifiedEmail: try await verifiedAddress(of: user, accessToken), name: name, authenticatedAt: nil)
    }

    private func verifiedAddress(of user: JSONObject, _ accessToken: String) async throws -> EmailAddress? {
        guard let endpoint = service.addressesEndpoint else { return Self.address(user) }
        let document: JSONValue
        do { document = try await requests.get(endpoint, accessToken) } catch let refusal as ProviderRefusal {
            // Without the scope there is no list, and a link that exists needs none.
            if refusal.reason == .notTrusted { return nil }
            throw refusal
        }
        guard case .array(let entries) = document else { return nil }
        for case .object(let entry) in entries where entry["primary"] == .bool(true) { return Self.address(entry) }
        return nil
    }

    private static func address(_ members: JSONObject) -> EmailAddress? {
        guard members["verified"] == .bool(true), case .string(let text)? = members["email"] else { return nil }
        return EmailAddress(text)
    }
}
