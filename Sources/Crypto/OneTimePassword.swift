import CCrypto

/// One-time passwords of a counter (HOTP, RFC 4226), and of a moment (TOTP, RFC 6238), whose counter is the number of
/// half minutes since 1970.
package enum OneTimePassword {
    package enum Hash: String, Sendable {
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha512 = "SHA512"
    }

    /// The seconds that a step of TOTP takes.
    package static let stepSeconds: Int64 = 30

    /// - Parameter seconds: since 1970.
    package static func step(at seconds: Int64) -> Int64 { max(0, seconds) / stepSeconds }

    /// - Parameter digits: 6 to 8. Authenticator apps agree on 6, and on SHA-1, which HMAC does not weaken.
    package static func code(
        of counter: Int64, secret: [UInt8], digits: Int = 6, hash: Hash = .sha1
    ) throws -> String {
        let mac = try mac(of: withUnsafeBytes(of: counter.bigEndian) { Array($0) }, key: secret, hash)
        let offset = Int(mac[mac.count - 1] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt32(1)) { product, _ in product * 10 }
        return String(String(number % modulus + modulus).dropFirst())
    }

    /// The step whose code this is, the next one first, among the given one and its neighbours. All of them are
    /// computed and compared, so that the time taken tells nothing.
    /// - Parameter tolerance: the number of steps by which a clock may be off.
    package static func step(
        of code: String, secret: [UInt8], around step: Int64, tolerance: Int64 = 1
    ) throws -> Int64? {
        let typed = Array(code.utf8)
        var found: Int64?
        for candidate in (step - tolerance)...(step + tolerance) {
            let isRight = ConstantTime.isEqual(Array(try self.code(of: candidate, secret: secret).utf8), typed)
            found = isRight ? candidate : found
        }
        return found
    }

    private static func mac(of message: [UInt8], key: [UInt8], _ hash: Hash) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 64)
        var length = 0
        let isDone =
            EVP_Q_mac(
                nil, "HMAC", nil, hash.rawValue, nil, key, key.count, message, message.count, &output, output.count,
                &length) != nil
        guard isDone, length >= 20 else { throw CryptoError("EVP_Q_mac") }
        return Array(output.prefix(length))
    }
}
