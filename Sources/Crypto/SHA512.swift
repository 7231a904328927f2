import CCrypto

/// SHA-512 (FIPS 180-4).
package enum SHA512 {
    /// The 64 bytes of the digest.
    package static func hash(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
        let input = Array(bytes)
        var output = [UInt8](repeating: 0, count: 64)
        guard EVP_Digest(input, input.count, &output, nil, EVP_sha512(), nil) == 1 else {
            throw CryptoError("EVP_Digest")
        }
        return output
    }
}
