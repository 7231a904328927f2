import Auth
import Basics
import Crypto
import Domain
import HTTPClient
import JSON
import Synchronization

/// A sign-in provider, as far as our own requests to it go.
package final class TestProvider: RequestSender {
    package static let issuer = "https://id.test"
    package static let provider = SignInProvider(
        name: "test", label: "Test ID", issuer: issuer, clientID: "latchkey", clientSecret: "s3 cret:")

    /// A code that was handed out, and the token that it is good for.
    private struct Grant {
        let challenge: String
        let token: String
        let subject: String
    }

    /// The claims of a token; a test changes those that it is about.
    package struct Claims: Sendable {
        package var members: [(name: String, value: JSONValue)]

        package subscript(name: String) -> JSONValue? {
            get { members.first { $0.name == name }?.value }
            set {
                members.removeAll { $0.name == name }
                if let newValue { members.append((name, newValue)) }
            }
        }
    }

    package let key: PKey
    private let now: @Sendable () -> Timestamp
    /// Those that it says its tokens have.
    private let claims: [String]
    private let grants = Mutex<[String: Grant]>([:])
    private let userInfo = Mutex<JSONObject?>(nil)
    /// The subject of the last token.
    private let subject = Mutex("")
    /// The bodies of requests to the token endpoint, with their credentials.
    private let tokenRequests = Mutex<[(authorization: String, body: String)]>([])

    package init(claims: [String] = [], now: @escaping @Sendable () -> Timestamp) throws {
        key = try PKey.generate(.ed25519)
        (self.claims, self.now) = (claims, now)
    }

    /// The visits to the token endpoint.
    package var exchanges: [(authorization: String, body: String)] { tokenRequests.withLock { $0 } }

    /// Sets what the userinfo endpoint tells; by default the subject alone.
    package func tell(_ members: KeyValuePairs<String, JSONValue>) {
        userInfo.withLock { $0 = JSONObject(members.map { ($0.key, $0.value) }) }
    }

    /// Lets a user sign in at the address that a browser was sent to.
    /// - Returns: the answer that the browser brings back.
    package func answer(
        to url: String, as subject: String, email: String? = nil, isVerified: Bool = true,
        changing change: (inout Claims) -> Void = { _ in }
    ) throws -> ProviderAnswer {
        let query = try Self.query(of: url)
        let time = now().seconds
        var claims = Claims(members: [
            ("iss", .string(Self.issuer)), ("sub", .string(subject)), ("aud", .string("latchkey")),
            ("iat", .integer(time)), ("exp", .integer(time + 300)), ("nonce", .string(query["nonce"] ?? "")),
        ])
        if let email {
            claims["email"] = .string(email)
            claims["email_verified"] = .bool(isVerified)
        }
        change(&claims)
        let code = "code-\(try SecureRandom.alphanumerics(16))"
        let grant = Grant(challenge: query["code_challenge"] ?? "", token: try token(claims), subject: subject)
        grants.withLock { $0[code] = grant }
        return ProviderAnswer(state: query["state"] ?? "", code: code, issuer: Self.issuer, error: nil)
    }

    package static func query(of url: String) throws -> [String: String] {
        var query: [String: String] = [:]
        for pair in url.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(halves[0])] = PercentEncoding.decode(halves[1].utf8)
        }
        return query
    }

    private func token(_ claims: Claims) throws -> String {
        var payload = JSONWriter()
        payload.value(.object(JSONObject(claims.members.map { ($0.name, $0.value) })))
        let input = Base64URL.encode(#"{"alg":"EdDSA","kid":"k"}"#.utf8) + "." + Base64URL.encode(payload.bytes)
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8), by: .edDSA))
    }

    // MARK: Requests

    package func send(
        _ url: String, headers: [(name: String, value: String)], body: [UInt8]?
    ) async throws -> OutgoingResponse {
        switch url {
        case Self.issuer + "/.well-known/openid-configuration":
            return Self.answer(
                #"{"issuer":"\#(Self.issuer)","authorization_endpoint":"\#(Self.issuer)/auth","token_endpoint":"\#(Self.issuer)/token","jwks_uri":"\#(Self.issuer)/keys","userinfo_endpoint":"\#(Self.issuer)/me","claims_supported":\#(claims),"authorization_response_iss_parameter_supported":true}"#
            )
        case Self.issuer + "/keys":
            let x = Base64URL.encode(try key.rawPublicKey())
            return Self.answer(#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"\#(x)","kid":"k"}]}"#)
        case Self.issuer + "/token": return try exchange(headers, String(decoding: body ?? [], as: UTF8.self))
        case Self.issuer + "/me":
            var json = JSONWriter()
            let subject = subject.withLock { $0 }
            json.value(.object(userInfo.withLock { $0 } ?? JSONObject([("sub", .string(subject))])))
            return OutgoingResponse(status: 200, body: json.bytes)
        default: throw FetchError("\(url) is not there.")
        }
    }

    private func exchange(_ headers: [(name: String, value: String)], _ body: String) throws -> OutgoingResponse {
        let authorization = headers.first { $0.name == "Authorization" }?.value ?? ""
        tokenRequests.withLock { $0.append((authorization, body)) }
        let form = try Self.query(of: "?" + body)
        let grant = grants.withLock { $0.removeValue(forKey: form["code"] ?? "") }
        let challenge = Base64URL.encode(try SHA256.hash((form["code_verifier"] ?? "").utf8))
        guard let grant, grant.challenge == challenge else {
            return OutgoingResponse(status: 400, body: Array(#"{"error":"invalid_grant"}"#.utf8))
        }
        subject.withLock { $0 = grant.subject }
        return Self.answer(#"{"access_token":"at","token_type":"Bearer","id_token":"\#(grant.token)"}"#)
    }

    private static func answer(_ text: String) -> OutgoingResponse {
        OutgoingResponse(status: 200, body: Array(text.utf8))
    }
}
