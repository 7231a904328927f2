import Auth
import Crypto
import Testing

@Suite struct SessionCookieTests {
    private let cookie: SessionCookie

    init() throws {
        cookie = try SessionCookie(
            Secrets(current: Array("better-auth-secret-for-the-tests-0123".utf8)), isSecure: false)
    }

    @Test func `has Better Auth's name, with the prefix under https`() throws {
        #expect(cookie.name == "better-auth.session_token")
        let secure = try SessionCookie(Secrets(current: Array("x".utf8)), isSecure: true)
        #expect(secure.name == "__Secure-better-auth.session_token")
    }

    @Test func `returns the token it signed, percent-encoded or not`() throws {
        let token = try RandomToken.make()
        let value = try cookie.value(for: token)
        let plain = value.replacing("%2B", with: "+").replacing("%2F", with: "/").replacing("%3D", with: "=")

        #expect(token.utf8.count == 32)
        #expect(value.hasSuffix("%3D"))
        #expect(try cookie.token(in: value) == token)
        #expect(try cookie.token(in: plain) == token)
    }

    @Test func `refuses texts that it did not sign`() throws {
        let token = "Kk" + (try RandomToken.make()).dropFirst(2)
        let value = try cookie.value(for: token)
        // What is verified once is remembered; what only resembles it is not.
        #expect(try cookie.token(in: value) == token)
        #expect(try cookie.token(in: "\u{212A}" + value.dropFirst()) == nil, "a Kelvin sign, which Swift takes for a K")
        for index in value.indices {
            var changed = value
            changed.replaceSubrange(index...index, with: value[index] == "x" ? "y" : "x")
            #expect(try cookie.token(in: changed) == nil)
        }
        for text in ["", ".", "a.b", value + "%3D", value + "x", "x" + value, String(repeating: "a", count: 5000)] {
            #expect(try cookie.token(in: text) == nil)
        }
        #expect(try cookie.token(in: value) == token)
    }

    @Test func `each secret has a cache of its own`() throws {
        let other = try SessionCookie(
            Secrets(current: Array("another-better-auth-secret-for-the-tests".utf8)), isSecure: false)
        let value = try cookie.value(for: try RandomToken.make())
        for _ in 0..<2 {
            let (ours, theirs) = (try cookie.token(in: value), try other.token(in: value))
            #expect(ours != nil)
            #expect(theirs == nil)
        }
    }

    @Test func `a form token is valid for its subject only`() throws {
        let forms = try FormTokens(Secrets(current: Array("secret".utf8)))
        let token = try forms.token(for: "session-1")
        #expect(try forms.isValid(token, for: "session-1"))
        #expect(try !forms.isValid(token, for: "session-2"))
        #expect(try !forms.isValid("", for: "session-1"))
    }
}
