import CCrypto

/// OpenSSL's random number generator.
package enum SecureRandom {
    /// Unpredictable bytes.
    package static func bytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw CryptoError("RAND_bytes") }
        return bytes
    }

    /// `count` characters out of a–z, A–Z and 0–9, uniformly distributed.
    package static func alphanumerics(_ count: Int) throws -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        var output: [UInt8] = []
        while output.count < count {
            // 248 is the largest multiple of 62 in a byte: values above it would favour the first letters.
            for byte in try bytes(count) where byte < 248 && output.count < count {
                output.append(alphabet[Int(byte) % 62])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
