import CCrypto

/// HMAC-SHA-256 (RFC 2104) with a key that is set up once.
package final class HMACSHA256: @unchecked Sendable {
    // @unchecked is safe: `keyed` is never changed after init, only duplicated, and OpenSSL allows that from
    // several threads at once.
    private let keyed: OpaquePointer

    package init(key: [UInt8]) throws {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { throw CryptoError("EVP_MAC_fetch") }
        defer { EVP_MAC_free(algorithm) }
        guard let context = EVP_MAC_CTX_new(algorithm) else { throw CryptoError("EVP_MAC_CTX_new") }
        let isSet = "SHA256".withCString { digest in
            var name = Array(UnsafeBufferPointer(start: digest, count: 7))
            return "digest".withCString { digestKey in
                name.withUnsafeMutableBufferPointer { name in
                    let parameters = [
                        OSSL_PARAM_construct_utf8_string(digestKey, name.baseAddress, 0), OSSL_PARAM_construct_end(),
                    ]
                    return EVP_MAC_init(context, key, key.count, parameters)
                }
            }
        }
        guard isSet == 1 else {
            EVP_MAC_CTX_free(context)
            throw CryptoError("EVP_MAC_init")
        }
        keyed = context
    }

    deinit { EVP_MAC_CTX_free(keyed) }

    /// The 32 bytes of the MAC.
    package func code(for message: some Sequence<UInt8>) throws -> [UInt8] {
        guard let context = EVP_MAC_CTX_dup(keyed) else { throw CryptoError("EVP_MAC_CTX_dup") }
        defer { EVP_MAC_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: 32)
        var length = 0
        let updated =
            message.withContiguousStorageIfAvailable { EVP_MAC_update(context, $0.baseAddress, $0.count) }
            ?? Array(message).withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) }
        guard updated == 1, EVP_MAC_final(context, &output, &length, 32) == 1, length == 32 else {
            throw CryptoError("EVP_MAC")
        }
        return output
    }
}
