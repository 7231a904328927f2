import Basics
import Crypto
import Domain
import HTTPClient
import JSON
import Synchronization

/// Speaks to a provider with OpenID Connect (OpenID Connect Core 1.0). The discovery document and the keys are cached;
/// while the provider does not respond, those that are known remain in use.
final class OpenIDClient: ProviderClient {
    let provider: SignInProvider
    private let sender: any RequestSender
    private let keys: KeySetCache
    private let discovery = SingleFlight(minimumIntervalSeconds: 5)
    private let state = Mutex(State())

    private struct State {
        var metadata: ProviderMetadata?
        var foundAt: Timestamp?
        var failure: ProviderRefusal?
    }

    private static let metadataSeconds: Int64 = 3600
    private var requests: ProviderRequests { ProviderRequests(sender: sender) }

    private static let accepted: Set<JWSAlgorithm> = [.edDSA, .rs256, .es256]

    init(_ provider: SignInProvider, sender: any RequestSender, minimumIntervalSeconds: Int64) {
        (self.provider, self.sender) = (provider, sender)
        keys = KeySetCache(minimumIntervalSeconds: minimumIntervalSeconds)
    }

    // MARK: Asking

    func authorizationURL(
        _ secrets: FlowSecrets, redirectURI: String, isProof: Bool, at time: Timestamp
    ) async throws -> String {
        try authorizationURL(
            at: try await metadata(at: time).authorizationEndpoint, secrets, redirectURI: redirectURI,
            [("nonce", secrets.nonce)] + (isProof ? [("prompt", "login"), ("max_age", "0")] : []))
    }

    // MARK: Answers

    func checkIssuer(_ issuer: String?, at time: Timestamp) async throws {
        if let issuer {
            guard issuer.hasSameBytes(as: provider.issuer) else {
                throw ProviderRefusal(.notTrusted, "The response names another issuer than \(provider.issuer).")
            }
        } else if try await metadata(at: time).namesIssuer {
            throw ProviderRefusal(.notTrusted, "The response names no issuer, but the provider says that all do.")
        }
    }

    func profile(
        code: String, _ secrets: FlowSecrets, redirectURI: String, isProof: Bool, at time: Timestamp
    ) async throws -> ProviderProfile {
        let metadata = try await metadata(at: time)
        let answer = try await tokens(code: code, secrets, redirectURI: redirectURI, metadata)
        let token = try await verified(answer.idToken, metadata, at: time)
        let claims = try IDToken(
            token,
            .init(
                provider: provider, nonce: secrets.nonce, accessToken: answer.accessToken, isProof: isProof,
                tellsAuthTime: metadata.tellsAuthTime, time: time))
        var address = claims.address
        var name = claims.name
        if address == nil, let endpoint = metadata.userInfoEndpoint, let accessToken = answer.accessToken {
            let info = try await userInfo(endpoint, accessToken, subject: claims.subject)
            address = ProviderAddress(info)
            if name == nil, case .string(let text)? = info["name"] { name = text }
        }
        return ProviderProfile(
            identity: ProviderIdentity(issuer: provider.issuer, subject: claims.subject),
            verifiedEmail: address.flatMap { $0.isVerified ? $0.email : nil }, name: name,
            authenticatedAt: claims.authenticatedAt)
    }

    /// Exchanges the code for tokens (OpenID Connect Core 1.0, section 3.1.3).
    private func tokens(
        code: String, _ secrets: FlowSecrets, redirectURI: String, _ metadata: ProviderMetadata
    ) async throws -> (idToken: String, accessToken: String?) {
        var parameters = exchange(of: code, secrets, redirectURI: redirectURI)
        var headers: [(name: String, value: String)] = []
        switch (provider.clientSecret, metadata.clientAuthentication) {
        case (let secret?, .basic):
            // Both parts are form-encoded first (RFC 6749, section 2.3.1).
            let pair = [provider.clientID, secret].map(PercentEncoding.encodeComponent).joined(separator: ":")
            headers.append((name: "Authorization", value: "Basic " + Base64.encode(Array(pair.utf8))))
        case (let secret?, .post):
            parameters += [("client_id", provider.clientID), ("client_secret", secret)]
        case (nil, _): parameters.append(("client_id", provider.clientID))
        }
        let members = try await requests.post(metadata.tokenEndpoint, parameters, headers)
        guard case .string(let idToken)? = members["id_token"] else {
            throw ProviderRefusal(.notTrusted, "\(metadata.tokenEndpoint) sent no ID token.")
        }
        return (idToken, try ProviderRequests.accessToken(members, of: metadata.tokenEndpoint))
    }

    private func userInfo(_ endpoint: String, _ accessToken: String, subject: String) async throws -> JSONObject {
        let info = try ProviderRequests.object(try await requests.get(endpoint, accessToken), of: endpoint)
        guard case .string(let text)? = info["sub"], text.hasSameBytes(as: subject) else {
            throw ProviderRefusal(.notTrusted, "\(endpoint) tells of another user than the ID token.")
        }
        return info
    }

    // MARK: Trust

    private func verified(_ text: String, _ metadata: ProviderMetadata, at time: Timestamp) async throws -> JWS {
        guard let token = JWS(text.utf8), Self.accepted.contains(token.algorithm),
            metadata.algorithms?.contains(token.algorithm.rawValue) ?? true
        else {
            throw ProviderRefusal(
                .notTrusted, "The ID token is none, or signed in a way that is not accepted, or not offered.")
        }
        let key = await keys.key(for: token, at: time) { [self] in await publishedKeys(metadata) }
        guard let key, key.verifies(token) else {
            throw ProviderRefusal(.notTrusted, "The ID token is not signed by a key of \(metadata.keySetURL).")
        }
        return token
    }

    private func publishedKeys(_ metadata: ProviderMetadata) async -> JWKSet? {
        let response = try? await sender.send(
            metadata.keySetURL, headers: [(name: "Accept", value: "application/json")], body: nil)
        return response.flatMap { $0.status == 200 ? JWKSet($0.body) : nil }
    }

    private func metadata(at time: Timestamp) async throws -> ProviderMetadata {
        let known = state.withLock { $0 }
        if let metadata = known.metadata, let foundAt = known.foundAt,
            foundAt.isRecent(at: time, forSeconds: Self.metadataSeconds)
        {
            return metadata
        }
        await discovery.run(at: time) { [self] in
            do throws(ProviderRefusal) {
                let found = try await discover()
                state.withLock { $0 = State(metadata: found, foundAt: time) }
            } catch {
                state.withLock { $0.failure = error }
            }
        }
        let (metadata, failure) = state.withLock { ($0.metadata, $0.failure) }
        guard let metadata else {
            throw failure ?? ProviderRefusal(.unavailable, "\(provider.discoveryURL) could not be fetched.")
        }
        return metadata
    }

    private func discover() async throws(ProviderRefusal) -> ProviderMetadata {
        do {
            let response = try await sender.send(
                provider.discoveryURL, headers: [(name: "Accept", value: "application/json")], body: nil)
            guard response.status == 200 else {
                throw ProviderRefusal(.unavailable, "\(provider.discoveryURL) answered \(response.status).")
            }
            return try ProviderMetadata(response.body, of: provider)
        } catch let refusal as ProviderRefusal {
            throw refusal
        } catch {
            throw ProviderRefusal(.unavailable, "\(error)")
        }
    }
}
