import Domain
import JSON

/// What an access token says of its bearer.
package struct AccessClaims: Sendable, Equatable {
    package var userID: UserID
    package var email: String
    /// Whole seconds since 1970, as are all times in tokens.
    package var issuedAt: Int64
    package var expiresAt: Int64
    /// The session that the token belongs to; nil in a token that another service made with the shared secret.
    package var sessionID: SessionID?

    package init(userID: UserID, email: String, issuedAt: Int64, expiresAt: Int64, sessionID: SessionID?) {
        self.userID = userID
        self.email = email
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.sessionID = sessionID
    }
}

/// Signs and verifies access tokens: JWTs (RFC 7519) with HMAC-SHA-256 under `BETTER_AUTH_SECRET`.
package struct AccessTokens: Sendable {
    /// `{"alg":"HS256","typ":"JWT"}`
    private static let header = Array("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9".utf8)
    /// The longest token that is looked at; ours have about 450 bytes.
    private static let maximumLength = 8 * 1024
    /// How far the clocks of two services may differ, in seconds.
    private static let leeway: Int64 = 60

    private let hmac: HMACSHA256

    package init(secret: [UInt8]) throws { hmac = try HMACSHA256(key: secret) }

    package func sign(_ claims: AccessClaims) throws -> String {
        var json = JSONWriter(capacity: 320)
        try Crypto.randomBytes(12).withUnsafeBufferPointer { random in
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
        let signature = try hmac.code(for: token)
        token.append(UInt8(ascii: "."))
        token.append(contentsOf: Base64URL.encodeBytes(signature))
        return String(decoding: token, as: UTF8.self)
    }

    /// The claims of a token that is ours, or of a service that shares our secret, and good at `time`.
    ///
    /// The algorithm is the key's, never the token's: the header may only agree with it (RFC 8725, section 3.1).
    /// - Throws: `AppError.invalidToken`, or `AppError.expiredToken` where that is all that is wrong.
    package func verify(_ token: String, at time: Timestamp) throws -> AccessClaims {
        let bytes = Array(token.utf8)
        guard bytes.count <= Self.maximumLength else { throw AppError.invalidToken }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]) else { throw AppError.invalidToken }
        let expected = try hmac.code(for: bytes[..<parts[1].endIndex])
        guard Crypto.isEqual(signature, expected) else { throw AppError.invalidToken }
        if !parts[0].elementsEqual(Self.header) { try Self.check(header: parts[0]) }
        guard let payload = Base64URL.decode(parts[1]), case .object(let claims)? = try? JSONReader.read(payload) else {
            throw AppError.invalidToken
        }
        return try Self.check(claims, at: time.seconds)
    }

    private static func check(header: ArraySlice<UInt8>) throws {
        guard let bytes = Base64URL.decode(header), case .object(let fields)? = try? JSONReader.read(bytes),
            fields["alg"] == .string("HS256"),
            // Extensions that must be understood are not (RFC 7515, section 4.1.11), and b64 is one of them.
            fields["crit"] == nil, fields["b64"] == nil
        else { throw AppError.invalidToken }
        switch fields["typ"] {
        case nil: break
        case .string(let type)? where type.utf8.elementsEqual("JWT".utf8) || type.utf8.elementsEqual("jwt".utf8): break
        default: throw AppError.invalidToken
        }
    }

    private static func check(_ claims: JSONObject, at now: Int64) throws -> AccessClaims {
        // A token without an end would be good for ever.
        guard let expiresAt = try numericDate(claims["exp"]) else { throw AppError.invalidToken }
        guard expiresAt > now else { throw AppError.expiredToken }
        let issuedAt = try numericDate(claims["iat"])
        if let issuedAt, issuedAt > now + leeway { throw AppError.invalidToken }
        if let notBefore = try numericDate(claims["nbf"]), notBefore > now + leeway { throw AppError.invalidToken }

        let ids = try [claims["user_id"], claims["sub"]].compactMap { value in try value.map(identifier) }
        guard let id = ids.first, ids.allSatisfy({ $0.utf8.elementsEqual(id.utf8) }),
            let userID = UserID(untrusted: id)
        else { throw AppError.invalidToken }
        let session = try claims["sid"].map(identifier).map { text in
            guard let id = SessionID(untrusted: text) else { throw AppError.invalidToken }
            return id
        }
        var email = ""
        if case .string(let text)? = claims["email"] { email = text }
        return AccessClaims(
            userID: userID, email: email, issuedAt: issuedAt ?? 0, expiresAt: expiresAt, sessionID: session)
    }

    /// RFC 7519, section 2: seconds, and other services may write fractions of them.
    private static func numericDate(_ value: JSONValue?) throws -> Int64? {
        switch value {
        case nil: return nil
        case .integer(let seconds)?:
            guard seconds > -latest, seconds < latest else { throw AppError.invalidToken }
            return seconds
        case .double(let seconds)?:
            guard let whole = Int64(exactly: seconds.rounded(.down)), whole > -latest, whole < latest else {
                throw AppError.invalidToken
            }
            return whole
        default: throw AppError.invalidToken
        }
    }

    /// The year 9999, in seconds: beyond it a number is a mistake or an attack.
    private static let latest: Int64 = 253_402_300_800

    private static func identifier(_ value: JSONValue) throws -> String {
        guard case .string(let text) = value else { throw AppError.invalidToken }
        return text
    }
}
