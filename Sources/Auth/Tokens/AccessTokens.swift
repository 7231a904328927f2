import Basics
import Crypto
import Domain
import JSON

/// Signs and verifies access tokens: JWTs (RFC 7519) with HMAC-SHA-256 under `BETTER_AUTH_SECRET`.
package struct AccessTokens: Sendable {
    /// `{"alg":"HS256","typ":"JWT"}`
    private static let header = Array("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9".utf8)
    /// The longest token accepted; ours have about 450 bytes.
    private static let maximumLength = 8 * 1024

    private let hmacs: HMACs
    private let audience: @Sendable () -> String?
    private let verified = VerifiedTokens<(claims: AccessClaims, verifiedAt: Timestamp)>()

    /// - Parameter audience: this server, as named in `aud`. Our own tokens name none.
    package init(_ secrets: Secrets, audience: @escaping @Sendable () -> String? = { nil }) throws {
        hmacs = try secrets.hmacs()
        self.audience = audience
    }

    package func sign(_ claims: AccessClaims) throws -> String {
        var json = JSONWriter(capacity: 320)
        try SecureRandom.bytes(12).withUnsafeBufferPointer { random in
            let tokenID = Base64URL.encode(random)
            json.object {
                $0.member("user_id", claims.userID.rawValue)
                $0.member("sub", claims.userID.rawValue)
                $0.member("email", claims.email)
                $0.member("iat", claims.issuedAt)
                $0.member("exp", claims.expiresAt)
                if let session = claims.sessionID { $0.member("sid", session.rawValue) }
                $0.member("jti", tokenID)
            }
        }
        var token = Self.header
        token.append(UInt8(ascii: "."))
        token.append(contentsOf: Base64URL.encodeBytes(json.bytes))
        let signature = try hmacs.code(for: token)
        token.append(UInt8(ascii: "."))
        token.append(contentsOf: Base64URL.encodeBytes(signature))
        return String(decoding: token, as: UTF8.self)
    }

    /// The claims of a token that is ours, or of a service that shares our secret, and valid at `time`.
    ///
    /// The algorithm is determined by the key, never by the token: the header may only agree with it (RFC 8725, section
    /// 3.1).
    /// - Throws: `AppError.invalidToken`, or `AppError.expiredToken` if expiry is the only problem.
    package func verify(_ token: String, at time: Timestamp) throws -> AccessClaims {
        if let claims = known(token, at: time) { return claims }
        let claims = try check(token, at: time)
        verified.insert((claims, time), of: token)
        return claims
    }

    /// The result of `verify`, if it is cached.
    func known(_ token: String, at time: Timestamp) -> AccessClaims? {
        // If the clock was set back, cached results may not hold; then everything is verified again.
        guard let known = verified.content(of: token), known.verifiedAt <= time, known.claims.expiresAt > time.seconds
        else { return nil }
        return known.claims
    }

    private func check(_ token: String, at time: Timestamp) throws -> AccessClaims {
        let bytes = Array(token.utf8)
        guard bytes.count <= Self.maximumLength else { throw AppError.invalidToken }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]) else { throw AppError.invalidToken }
        guard try hmacs.isCode(signature, for: bytes[..<parts[1].endIndex]) else { throw AppError.invalidToken }
        if !parts[0].elementsEqual(Self.header) { try Self.check(header: parts[0]) }
        guard let payload = Base64URL.decode(parts[1]) else { throw AppError.invalidToken }
        let claims = try TokenClaims(payload: payload, at: time)
        // RFC 7519, section 4.1.3: a service that shares the secret may issue tokens for others than this server.
        guard
            claims.audiences.isEmpty || claims.audiences.contains(where: { audience()?.hasSameBytes(as: $0) ?? false })
        else { throw AppError.invalidToken }
        return AccessClaims(claims)
    }

    private static func check(header: ArraySlice<UInt8>) throws {
        guard let bytes = Base64URL.decode(header), case .object(let fields)? = try? JSONReader.read(bytes),
            fields["alg"] == .string("HS256"),
            // Critical extensions are not supported (RFC 7515, section 4.1.11), and b64 is one of them.
            fields["crit"] == nil, fields["b64"] == nil
        else { throw AppError.invalidToken }
        switch fields["typ"] {
        case nil: break
        case .string(let type)? where type.utf8.elementsEqual("JWT".utf8) || type.utf8.elementsEqual("jwt".utf8): break
        default: throw AppError.invalidToken
        }
    }
}
