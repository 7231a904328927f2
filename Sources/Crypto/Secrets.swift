import Basics
import CCrypto

/// The secrets in use: the first signs, all of them verify, so that a secret can be rotated without users having to
/// sign in again.
package struct Secrets: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let all: [[UInt8]]

    /// - Parameter previous: secrets that signed before, and still verify.
    package init(current: [UInt8], previous: [[UInt8]] = []) { all = [current] + previous }

    // Descriptions of what holds them end up in logs.
    package var description: String { "(secrets)" }
    package var debugDescription: String { description }

    /// A secret that is known to no one, for work whose results are not kept.
    package static func random() throws -> Secrets { Secrets(current: try SecureRandom.bytes(32)) }

    /// One HMAC for each secret, with a key derived for one purpose: a signature for one purpose is worthless for
    /// another. Better Auth's cookie and the shared access token use the secret itself.
    package func hmacs(for purpose: String? = nil) throws -> HMACs {
        HMACs(
            all: try all.map { secret in
                let key = try purpose.map { try HMACSHA256(key: secret).code(for: "latchkey \($0)".utf8) } ?? secret
                return try HMACSHA256(key: key)
            })
    }

    /// The prefix of a sealed text that is bound; texts that earlier versions sealed have no prefix.
    private static let boundPrefix = "bound."

    /// True if the sealed text opens only for the binding that it was sealed with.
    package static func isBound(_ sealed: String) -> Bool { sealed.hasPrefix(boundPrefix) }

    /// Encrypts data that may be stored only apart from the secret: AES-256-GCM, as base64url of the nonce (12 bytes),
    /// the text and the tag (16 bytes).
    /// - Parameter binding: identifies the record that the text belongs to. It is not part of the sealed text, which
    ///   opens only with it.
    package func seal(_ plain: [UInt8], boundTo binding: [UInt8]) throws -> String {
        let nonce = try SecureRandom.bytes(12)
        guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError("EVP_CIPHER_CTX_new") }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var (count, rest): (Int32, Int32) = (0, 0)
        guard EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), try sealingKey(all[0]), nonce, nil) == 1,
            EVP_EncryptUpdate(context, nil, &count, binding, Int32(binding.count)) == 1,
            EVP_EncryptUpdate(context, &output, &count, plain, Int32(plain.count)) == 1,
            Int(count) == plain.count, EVP_EncryptFinal_ex(context, &tag, &rest) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, &tag) == 1
        else { throw CryptoError("EVP_Encrypt") }
        return Self.boundPrefix + Base64URL.encode(nonce + output + tag)
    }

    /// - Parameter binding: the binding it was sealed with; ignored for texts that earlier versions sealed.
    /// - Returns: nil if none of the secrets sealed the text, if it was modified, or if it has another binding.
    package func open(_ sealed: String, boundTo binding: [UInt8]) throws -> [UInt8]? {
        let binding = Self.isBound(sealed) ? binding : []
        let encoded = Self.isBound(sealed) ? sealed.utf8.dropFirst(Self.boundPrefix.utf8.count) : sealed.utf8[...]
        guard let bytes = Base64URL.decode(encoded), bytes.count > 28 else { return nil }
        let (nonce, text, tag) = (bytes.prefix(12), Array(bytes[12..<bytes.count - 16]), bytes.suffix(16))
        for secret in all {
            guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError("EVP_CIPHER_CTX_new") }
            defer { EVP_CIPHER_CTX_free(context) }
            var output = [UInt8](repeating: 0, count: text.count)
            var last = [UInt8](repeating: 0, count: 16)
            var expected = Array(tag)
            var (count, rest): (Int32, Int32) = (0, 0)
            guard EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), try sealingKey(secret), Array(nonce), nil) == 1,
                binding.isEmpty || EVP_DecryptUpdate(context, nil, &count, binding, Int32(binding.count)) == 1,
                EVP_DecryptUpdate(context, &output, &count, text, Int32(text.count)) == 1,
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, &expected) == 1
            else { throw CryptoError("EVP_Decrypt") }
            if EVP_DecryptFinal_ex(context, &last, &rest) == 1 { return output }
        }
        return nil
    }

    /// The same text under the current secret.
    /// - Returns: nil if that sealed it already, or none of the secrets opens it.
    package func reseal(_ sealed: String, boundTo binding: [UInt8]) throws -> String? {
        guard all.count > 1, try Secrets(current: all[0]).open(sealed, boundTo: binding) == nil else { return nil }
        return try open(sealed, boundTo: binding).map { try seal($0, boundTo: binding) }
    }

    private func sealingKey(_ secret: [UInt8]) throws -> [UInt8] {
        try HMACSHA256(key: secret).code(for: "latchkey sealed keys".utf8)
    }
}
