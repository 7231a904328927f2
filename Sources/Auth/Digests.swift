import CCrypto

/// SHA-256, random bytes, and comparison that takes as long whatever differs.
package enum Crypto {
    package static func sha256(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
        let input = Array(bytes)
        var output = [UInt8](repeating: 0, count: 32)
        guard EVP_Digest(input, input.count, &output, nil, EVP_sha256(), nil) == 1 else {
            throw CryptoError("EVP_Digest")
        }
        return output
    }

    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Bytes that nobody can guess.
    package static func randomBytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw CryptoError("RAND_bytes") }
        return bytes
    }

    /// `count` characters out of a–z, A–Z and 0–9, each as likely as the other.
    package static func randomAlphanumerics(_ count: Int) throws -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        var output: [UInt8] = []
        while output.count < count {
            // 248 is the largest multiple of 62 in a byte: what lies above would favour the first letters.
            for byte in try randomBytes(count) where byte < 248 && output.count < count {
                output.append(alphabet[Int(byte) % 62])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// An HMAC (RFC 2104) with the hash of a JWS algorithm, under a key that is used once.
    static func hmac(_ algorithm: JWSAlgorithm, key: [UInt8], message: some Collection<UInt8>) throws -> [UInt8] {
        let input = Array(message)
        var output = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        guard let name = algorithm.digestName, let digest = EVP_get_digestbyname(name),
            HMAC(digest, key, Int32(key.count), input, input.count, &output, &count) != nil
        else { throw CryptoError("HMAC") }
        return Array(output.prefix(Int(count)))
    }

    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
