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

    package func update(_ bytes: ArraySlice<UInt8>) throws { try bytes.withUnsafeBytes { try update($0) } }

    package func update(_ bytes: UnsafeRawBufferPointer) throws {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            throw CryptoError("EVP_DigestUpdate")
        }
    }

    /// The 32 bytes of the digest. Nothing can be added afterwards.
    package consuming func hash() throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        guard EVP_DigestFinal_ex(context, &output, nil) == 1 else { throw CryptoError("EVP_DigestFinal") }
        return output
    }

    /// The digest in lower-case hexadecimal. Nothing can be added afterwards.
    package consuming func hexadecimalHash() throws -> String { Hexadecimal.encode(try hash()) }
}
