import Basics
import Domain
import JSON

/// The claims of a verified token, with its times checked (RFC 7519, section 4.1).
package struct TokenClaims: Sendable, Equatable {
    /// `user_id` or `sub`; if both are present, they are equal.
    package var subject: String
    package var email: String?
    package var name: String?
    package var audiences: [String]
    package var issuedAt: Int64?
    package var expiresAt: Int64
    package var sessionID: SessionID?

    /// The tolerated clock skew between two services, in seconds.
    private static let leeway: Int64 = 60
    /// The year 9999, in seconds: a greater number is a mistake or an attack.
    private static let latest: Int64 = 253_402_300_800

    /// - Throws: `AppError.invalidToken` for missing claims, claims of the wrong type or an invalid time;
    ///   `AppError.expiredToken` if expiry is the only problem.
    init(payload: [UInt8], at time: Timestamp) throws {
        guard case .object(let claims)? = try? JSONReader.read(payload) else { throw AppError.invalidToken }
        let now = time.seconds
        // A token without an expiry would be valid for ever.
        guard let expiresAt = try Self.numericDate(claims["exp"]) else { throw AppError.invalidToken }
        self.expiresAt = expiresAt
        guard expiresAt > now else { throw AppError.expiredToken }
        issuedAt = try Self.numericDate(claims["iat"])
        if let issuedAt, issuedAt > now + Self.leeway { throw AppError.invalidToken }
        if let notBefore = try Self.numericDate(claims["nbf"]), notBefore > now + Self.leeway {
            throw AppError.invalidToken
        }

        let ids = try [claims["user_id"], claims["sub"]].compactMap { try $0.map(Self.text) }
        guard let id = ids.first, let user = UserID(untrusted: id),
            // The two may differ in case.
            ids.allSatisfy({ UserID(untrusted: $0) == user })
        else { throw AppError.invalidToken }
        subject = id
        sessionID = try claims["sid"].map(Self.text).map { text in
            guard let id = SessionID(untrusted: text) else { throw AppError.invalidToken }
            return id
        }
        _ = try claims["iss"].map(Self.text)
        switch claims["aud"] {
        case nil: audiences = []
        case .string(let audience)?: audiences = [audience]
        case .array(let elements)?: audiences = try elements.map(Self.text)
        default: throw AppError.invalidToken
        }
        if case .string(let text)? = claims["email"] { email = text }
        if case .string(let text)? = claims["name"] { name = text }
    }

    /// The `iss` of a payload whose signature is not verified yet, to select the key. Nil if there is none.
    /// - Throws: `AppError.invalidToken` for a payload that is not an object, or an `iss` that is not a string.
    static func unverifiedIssuer(_ payload: [UInt8]) throws -> String? {
        guard case .object(let claims)? = try? JSONReader.read(payload) else { throw AppError.invalidToken }
        return try claims["iss"].map(text)
    }

    /// RFC 7519, section 2: seconds, which other services may write with fractions.
    private static func numericDate(_ value: JSONValue?) throws -> Int64? {
        let seconds: Int64?
        switch value {
        case nil: return nil
        case .integer(let whole)?: seconds = whole
        case .double(let number)?: seconds = Int64(exactly: number.rounded(.down))
        default: seconds = nil
        }
        guard let seconds, seconds > -latest, seconds < latest else { throw AppError.invalidToken }
        return seconds
    }

    private static func text(_ value: JSONValue) throws -> String {
        guard case .string(let text) = value else { throw AppError.invalidToken }
        return text
    }
}
