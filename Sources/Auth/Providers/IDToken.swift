import Basics
import Crypto
import Domain
import JSON

/// The claims of an ID token whose signature was verified, checked for one visit (OpenID Connect Core 1.0, section
/// 3.1.3.7).
struct IDToken: Sendable, Equatable {
    let subject: String
    /// The address and whether the provider has verified it; nil if the token tells none.
    let address: ProviderAddress?
    let name: String?
    /// The time at which the user signed in there, no later than now; nil if the provider does not tell it.
    let authenticatedAt: Timestamp?

    /// The tolerated clock skew between two services, in seconds.
    private static let leeway: Int64 = 60
    /// The age of a token that has just been asked for.
    private static let maximumAgeSeconds: Int64 = 600

    /// The facts that a token is checked against.
    struct Expectation: Sendable {
        let provider: SignInProvider
        let nonce: String
        /// The access token that came with it; nil for none.
        let accessToken: String?
        /// True if the provider was to ask the user for credentials.
        let isProof: Bool
        /// True if the provider says that it tells when the user signed in there.
        let tellsAuthTime: Bool
        let time: Timestamp
    }

    /// - Throws: `ProviderRefusal`.
    init(_ token: JWS, _ expected: Expectation) throws {
        guard case .object(let claims)? = try? JSONReader.read(token.payload) else {
            throw Self.refusal("is not a JSON object.")
        }
        func text(_ name: String) -> String? { if case .string(let text)? = claims[name] { text } else { nil } }
        let provider = expected.provider
        guard let issuer = text("iss"), issuer.hasSameBytes(as: provider.issuer) else {
            throw Self.refusal("names another issuer than \(provider.issuer).")
        }
        try Self.checkAudience(claims, clientID: provider.clientID)
        try Self.checkTimes(claims, at: expected.time)
        guard let nonce = text("nonce"), ConstantTime.isEqual(Array(nonce.utf8), Array(expected.nonce.utf8)) else {
            throw Self.refusal("does not have the nonce of this sign-in.")
        }
        guard let subject = text("sub"), ProviderIdentity.isSubject(subject) else {
            throw Self.refusal("has no subject, or one that is not a text of at most 255 characters.")
        }
        self.subject = subject
        if claims["at_hash"] != nil {
            guard let accessToken = expected.accessToken,
                try text("at_hash") == Self.hash(of: accessToken, for: token.algorithm)
            else { throw Self.refusal("belongs to another access token.") }
        }
        authenticatedAt = Self.authenticationTime(claims, expected)
        if expected.isProof, let authenticatedAt,
            authenticatedAt.seconds < expected.time.seconds - Self.maximumAgeSeconds - Self.leeway
        {
            throw ProviderRefusal(.declined, "The provider did not ask the user to sign in again.")
        }
        address = ProviderAddress(claims)
        name = text("name")
    }

    private static func checkAudience(_ claims: JSONObject, clientID: String) throws {
        var audiences: [String] = []
        switch claims["aud"] {
        case .string(let text)?: audiences = [text]
        case .array(let values)?: audiences = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
        default: break
        }
        guard audiences.contains(where: { $0.hasSameBytes(as: clientID) }) else {
            throw refusal("is for another client.")
        }
        switch claims["azp"] {
        case nil: if audiences.count > 1 { throw refusal("is for several clients and does not say for which.") }
        case .string(let party)? where party.hasSameBytes(as: clientID): break
        default: throw refusal("was issued to another client.")
        }
    }

    private static func checkTimes(_ claims: JSONObject, at time: Timestamp) throws {
        guard let expiry = seconds(claims["exp"]), let issue = seconds(claims["iat"]) else {
            throw refusal("does not say when it was issued and when it expires.")
        }
        let now = time.seconds
        guard expiry > now - leeway else { throw refusal("has expired.") }
        guard issue <= now + leeway else { throw refusal("is from the future; one of the two clocks is wrong.") }
        guard issue >= now - maximumAgeSeconds - leeway else { throw refusal("is too old.") }
    }

    /// A time that is left out where the provider tells it, or that is none, is long ago: a browser may have left out of
    /// the address what asks for it.
    private static func authenticationTime(_ claims: JSONObject, _ expected: Expectation) -> Timestamp? {
        let told = claims["auth_time"]
        guard told != nil || expected.tellsAuthTime else { return nil }
        return Timestamp(milliseconds: min(max(seconds(told) ?? 0, 0), expected.time.seconds) * 1000)
    }

    private static func seconds(_ value: JSONValue?) -> Int64? {
        switch value {
        case .integer(let whole)?: whole
        case .double(let number)?: Int64(exactly: number.rounded(.down))
        default: nil
        }
    }

    /// The left half of the hash of an access token (section 3.1.3.6).
    private static func hash(of accessToken: String, for algorithm: JWSAlgorithm) throws -> String {
        let digest = try algorithm == .edDSA ? SHA512.hash(accessToken.utf8) : SHA256.hash(accessToken.utf8)
        return Base64URL.encode(digest.prefix(digest.count / 2))
    }

    private static func refusal(_ cause: String) -> ProviderRefusal {
        ProviderRefusal(.notTrusted, "The ID token \(cause)")
    }
}
