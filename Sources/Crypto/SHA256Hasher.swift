import Basics
import CCrypto

/// SHA-256 over data that comes in parts.
package struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer

    package init() throws {
        guard let context = EVP_MD_CTX_new() else { throw CryptoError("EVP_MD_CTX_new") }
        guard EVP_DigestInit_ex(context, SHA256.algorithm, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw CryptoError("EVP_DigestInit")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: ArraySlice<UInt8>) throws {
        let isDone = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1 }
        guard isDone else { throw CryptoError("EVP_DigestUpdate") }
    }

    /// The digest in lower-case hexadecimal. Nothing can be added afterwards.
    package consuming func hexadecimalHash() throws -> String {
        var output = [UInt8](repeating: 0, count: 32)
        guard EVP_DigestFinal_ex(context, &output, nil) == 1 else { throw CryptoError("EVP_DigestFinal") }
        return Hexadecimal.encode(output)
    }
}
