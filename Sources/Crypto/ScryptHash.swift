import Basics
import CCrypto

/// A password hash as Better Auth stores it: `salt:key` in hexadecimal, by scrypt (RFC 7914) with N = 16384, r = 16, p
/// = 1. The salt is the text of the 32 hexadecimal digits itself, and the password is in normalization form KC.
///
/// Such hashes are only verified, never created: new hashes are bcrypt.
package struct ScryptHash: Sendable {
    private let salt: [UInt8]
    /// The 64 bytes of the key in hexadecimal.
    package let key: String

    /// The longest password that is accepted. Better Auth allows 128 characters by default.
    package static let maximumPasswordBytes = 4096

    /// Nil for a hash of any other kind.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 32, parts[1].count == 128 else { return nil }
        guard parts.joined().allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else { return nil }
        salt = Array(parts[0])
        key = String(decoding: parts[1], as: UTF8.self)
    }

    /// The expected value of `key` for this password. Uses 32 MiB while it runs.
    package func key(from password: String) throws -> String {
        let input = Array(NormalizationForm.kc.normalize(password).utf8)
        return Hexadecimal.encode(try Self.derivedKey(input, salt: salt, cost: 16_384, blockSize: 16, count: 64))
    }
}

extension ScryptHash {
    /// scrypt (RFC 7914) with p = 1.
    /// - Parameters:
    ///   - cost: N, a power of two.
    ///   - blockSize: r. The computation uses `128 * cost * blockSize` bytes of memory.
    ///   - count: the number of bytes to derive.
    package static func derivedKey(
        _ password: [UInt8], salt: [UInt8], cost: UInt64, blockSize: UInt64, count: Int
    ) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        // OpenSSL refuses more than 32 MiB by default, and needs some memory in addition to the algorithm's own.
        let allowed = 128 * cost * blockSize + (1 << 20)
        let code = password.withUnsafeBytes { password in
            EVP_PBE_scrypt(
                password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count, cost,
                blockSize, 1, allowed, &output, count)
        }
        guard code == 1 else { throw CryptoError("EVP_PBE_scrypt") }
        return output
    }
}
