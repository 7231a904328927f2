import Auth
import Basics
import Crypto
import Domain
import JSON
import Testing

@Suite struct AccessTokenTests {
    private let secret = Array("a-secret-of-more-than-thirty-two-bytes".utf8)
    private let tokens: AccessTokens
    private let now = Timestamp(milliseconds: 1_800_000_000_500)

    init() throws { tokens = try AccessTokens(Secrets(current: secret)) }

    private var claims: AccessClaims {
        AccessClaims(
            userID: UserID(rawValue: "u-1"), email: "alice@example.com", issuedAt: 1_800_000_000,
            expiresAt: 1_800_604_800, sessionID: SessionID(rawValue: "s-1"))
    }

    /// A token with any header and payload and a valid signature: one that a service with the secret could make.
    private func forge(header: String = #"{"alg":"HS256","typ":"JWT"}"#, _ payload: String) throws -> String {
        let body = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload.utf8)
        return body + "." + Base64URL.encode(try HMACSHA256(key: secret).code(for: body.utf8))
    }

    @Test func `signed tokens verify`() throws {
        let token = try tokens.sign(claims)
        #expect(token.hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
        #expect(try tokens.verify(token, at: now) == claims)
    }

    @Test func `the payload has integers, both ids and a token id that never repeats`() throws {
        let parts = try tokens.sign(claims).split(separator: ".")
        let bytes = try #require(Base64URL.decode(parts[1].utf8))
        guard case .object(let object) = try JSONReader.read(bytes) else { return #expect(Bool(false)) }
        #expect(
            object.members.map(\.name) == ["user_id", "sub", "email", "iat", "exp", "sid", "jti"])
        #expect(object["iat"] == .integer(1_800_000_000))
        #expect(object["exp"] == .integer(1_800_604_800))
        #expect(object["user_id"] == object["sub"])
        #expect(try tokens.sign(claims) != tokens.sign(claims))
    }

    @Test func `another service's token needs only an id and an expiry`() throws {
        let verified = try tokens.verify(try forge(#"{"user_id":"u-9","exp":1800000060.75}"#), at: now)
        #expect(verified.userID.rawValue == "u-9")
        #expect(verified.sessionID == nil)
        #expect(try tokens.verify(try forge(#"{"sub":"u-9","exp":1800000060}"#), at: now).userID.rawValue == "u-9")
    }

    @Test func `a token is reported as expired only if its signature is right`() throws {
        let token = try forge(#"{"user_id":"u","exp":1800000000}"#)
        #expect(throws: AppError.expiredToken) { try tokens.verify(token, at: now) }
        #expect(throws: AppError.invalidToken) { try tokens.verify(token + "x", at: now) }
    }

    @Test(arguments: [
        #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"HS384"}"#, #"{"alg":"hs256"}"#, #"{"alg":""}"#, "{}",
        #"{"alg":"HS256","alg":"HS256"}"#, #"{"alg":["HS256"]}"#, #"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        #"{"alg":"HS256","b64":false}"#, #"{"alg":"HS256","typ":5}"#, #"{"alg":"HS256","typ":"JWE"}"#, "[]", "x", "",
    ])
    func `the header must agree with the key`(header: String) throws {
        let token = try forge(header: header, #"{"user_id":"u","exp":1900000000}"#)
        #expect(throws: AppError.invalidToken) { try tokens.verify(token, at: now) }
    }

    @Test(arguments: [
        #"{"user_id":"u"}"#, #"{"user_id":"u","exp":null}"#, #"{"user_id":"u","exp":"1900000000"}"#,
        #"{"user_id":"u","exp":1e308}"#, #"{"user_id":"u","exp":9223372036854775807}"#,
        #"{"user_id":"u","exp":-9223372036854775808}"#, #"{"user_id":"u","exp":[]}"#, #"{"user_id":"u","exp":true}"#,
        #"{"user_id":"u","exp":1900000000,"nbf":1800000900}"#, #"{"user_id":"u","exp":1900000000,"iat":1800000900}"#,
        #"{"user_id":"u","exp":1900000000,"iat":1e400}"#, #"{"exp":1900000000}"#, #"{"user_id":5,"exp":1900000000}"#,
        #"{"user_id":"","exp":1900000000}"#, #"{"user_id":"u ","exp":1900000000}"#, #"{"sub":["u"],"exp":1900000000}"#,
        #"{"user_id":"u","sub":"v","exp":1900000000}"#, #"{"user_id":"u","exp":1900000000,"sid":5}"#,
        #"{"user_id":"u","user_id":"v","exp":1900000000}"#, #"{"user_id":"u","exp":1900000000}x"#, "[]", "",
    ])
    func `claims of the wrong kind are refused`(payload: String) throws {
        let token = try forge(payload)
        #expect(throws: AppError.invalidToken) { try tokens.verify(token, at: now) }
    }

    @Test func `every changed byte is detected`() throws {
        let token = Array(try tokens.sign(claims).utf8)
        for index in token.indices {
            for replacement in [UInt8(ascii: "A"), UInt8(ascii: "."), UInt8(ascii: "="), token[index] ^ 1]
            where replacement != token[index] {
                var changed = token
                changed[index] = replacement
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: AppError.invalidToken) { try tokens.verify(text, at: now) }
            }
        }
    }

    @Test(arguments: ["", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "é.é.é"])
    func `texts that are not tokens are refused`(text: String) {
        #expect(throws: AppError.invalidToken) { try tokens.verify(text, at: now) }
    }

    @Test func `another secret's token is refused`() throws {
        let other = try AccessTokens(Secrets(current: Array("another-secret-of-thirty-two-bytes!!".utf8))).sign(claims)
        #expect(throws: AppError.invalidToken) { try tokens.verify(other, at: now) }
    }

    @Test func `a secret that signed before still verifies, and signs nothing new`() throws {
        let next = Array("the-next-secret-of-thirty-two-bytes!".utf8)
        let old = try tokens.sign(claims)
        let rotated = try AccessTokens(Secrets(current: next, previous: [secret]))
        #expect(try rotated.verify(old, at: now) == claims)
        let new = try rotated.sign(claims)
        #expect(throws: AppError.invalidToken) { try tokens.verify(new, at: now) }
        #expect(try AccessTokens(Secrets(current: next)).verify(new, at: now) == claims)
    }
}
