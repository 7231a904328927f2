import Basics
import CCrypto

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    // OpenSSL looks an algorithm up each time that it is not given a fetched one.
    // nonisolated(unsafe) is safe: it is never changed or freed after it was fetched, which happens once, and an EVP_MD
    // may be used by several threads at a time (openssl-threads(7)).
    nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    /// The 32 bytes of the digest.
    package static func hash(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
        let input = Array(bytes)
        var output = [UInt8](repeating: 0, count: 32)
        guard EVP_Digest(input, input.count, &output, nil, algorithm, nil) == 1 else {
            throw CryptoError("EVP_Digest")
        }
        return output
    }

    /// The digest in lower-case hexadecimal.
    package static func hexadecimalHash(_ bytes: some Sequence<UInt8>) throws -> String {
        Hexadecimal.encode(try hash(bytes))
    }
}
