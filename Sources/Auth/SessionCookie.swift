import Domain

/// The browser's proof of a session: Better Auth's `session_token` cookie, a random token and its HMAC.
package struct SessionCookie: Sendable {
    /// `better-auth.session_token`, with `__Secure-` before it where the site is served over https.
    package let name: String
    package let isSecure: Bool
    private let hmac: HMACSHA256

    package init(secret: [UInt8], isSecure: Bool) throws {
        name = (isSecure ? "__Secure-" : "") + "better-auth.session_token"
        self.isSecure = isSecure
        hmac = try HMACSHA256(key: secret)
    }

    /// A token that nobody can guess (190 bits): 32 letters and digits.
    package static func makeToken() throws -> String { try Crypto.randomAlphanumerics(32) }

    /// What is stored of a token.
    package static func digest(_ token: String) throws -> String {
        Crypto.hexadecimal(try Crypto.sha256(token.utf8))
    }

    /// `token.signature`, percent-encoded: what the cookie holds.
    package func value(for token: String) throws -> String {
        let signature = Base64.encode(try hmac.code(for: token.utf8))
        return token + "." + Self.percentEncoded(signature)
    }

    /// The token in a cookie's value, if we signed it.
    package func token(in value: String) throws -> String? {
        guard value.utf8.count <= 512, let dot = value.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let token = value[..<dot]
        let signature = value[value.utf8.index(after: dot)...]
        guard !token.isEmpty, token.utf8.allSatisfy({ $0.isASCIIAlphanumeric }) else { return nil }
        let expected = Base64.encode(try hmac.code(for: token.utf8))
        // One spelling only, encoded or not, so that a value can't be varied.
        let spellings = [expected, Self.percentEncoded(expected)]
        guard spellings.contains(where: { Crypto.isEqual(Array($0.utf8), Array(signature.utf8)) }) else { return nil }
        return String(token)
    }

    private static func percentEncoded(_ base64: String) -> String {
        var output: [UInt8] = []
        for byte in base64.utf8 {
            switch byte {
            case UInt8(ascii: "+"): output.append(contentsOf: "%2B".utf8)
            case UInt8(ascii: "/"): output.append(contentsOf: "%2F".utf8)
            case UInt8(ascii: "="): output.append(contentsOf: "%3D".utf8)
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// Standard base64 with padding (RFC 4648, section 4), for what Better Auth writes that way.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        var text = Base64URL.encodeBytes(bytes)
        for index in text.indices {
            if text[index] == UInt8(ascii: "-") { text[index] = UInt8(ascii: "+") }
            if text[index] == UInt8(ascii: "_") { text[index] = UInt8(ascii: "/") }
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension UInt8 {
    var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
