import Domain

/// What a browser keeps of having signed in here: a random name for itself, and a code for each account that it has
/// signed into. It proves nothing but that, and opens nothing; yet strangers who hammer an account don't lock its owner
/// out, as the owner's own devices have an allowance of their own.
///
/// `<name>.<code>.<code>…`, each 22 characters of base64url: 16 random bytes, and 16 bytes of the HMAC over name and
/// address under a key of its own.
package struct KnownDevices: Sendable {
    private let hmacs: HMACs
    /// How many accounts a browser is remembered for; the one signed into longest ago goes first.
    static let maximumAccounts = 5

    package init(_ secrets: Secrets) throws { hmacs = try secrets.hmacs(for: "devices") }

    /// The device's name, if it has signed into this account.
    func name(in cookie: String?, for email: EmailAddress) throws -> String? {
        guard let (name, codes) = Self.parts(cookie) else { return nil }
        for hmac in hmacs.all {
            let expected = try Self.code(hmac, name, email)
            if codes.contains(where: { Crypto.isEqual($0, expected) }) { return name }
        }
        return nil
    }

    /// The cookie after signing in.
    /// - Parameter cookie: the one that the browser sent; what it holds for other accounts is kept.
    package func cookie(adding email: EmailAddress, to cookie: String?) throws -> String {
        let (name, codes) = try Self.parts(cookie) ?? (Base64URL.encode(try Crypto.randomBytes(16)), [])
        let code = try Self.code(hmacs.all[0], name, email)
        let others = codes.filter { !Crypto.isEqual($0, code) }.prefix(Self.maximumAccounts - 1)
        return ([name] + ([code] + others).map { Base64URL.encode($0) }).joined(separator: ".")
    }

    private static func parts(_ cookie: String?) -> (name: String, codes: [[UInt8]])? {
        guard let cookie, cookie.utf8.count <= 23 * (maximumAccounts + 1) else { return nil }
        let parts = cookie.split(separator: ".", omittingEmptySubsequences: false)
        let decoded = parts.compactMap { Base64URL.decode($0.utf8) }
        guard decoded.count == parts.count, decoded.count > 1, decoded.allSatisfy({ $0.count == 16 }) else {
            return nil
        }
        return (String(parts[0]), Array(decoded.dropFirst()))
    }

    private static func code(_ hmac: HMACSHA256, _ name: String, _ email: EmailAddress) throws -> [UInt8] {
        Array(try hmac.code(for: "\(name) \(email.text)".utf8).prefix(16))
    }
}
