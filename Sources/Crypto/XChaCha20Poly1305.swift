import CCrypto

/// Authenticated encryption with nonces of 24 bytes (draft-irtf-cfrg-xchacha). OpenSSL has it with 12 bytes only:
/// HChaCha20 makes a key of the first 16 bytes of the nonce, with which ChaCha20-Poly1305 (RFC 8439) takes the others.
package enum XChaCha20Poly1305 {
    private static let keyLength = 32
    private static let nonceLength = 24
    private static let tagLength = 16

    /// - Parameters:
    ///   - sealed: the nonce, the encrypted text and the tag.
    ///   - data: associated data, which is not part of the text.
    /// - Returns: nil for another key or other associated data, and for a text that was modified.
    package static func open(_ sealed: [UInt8], key: [UInt8], data: [UInt8] = []) throws -> [UInt8]? {
        guard key.count == keyLength, sealed.count >= nonceLength + tagLength else { return nil }
        let start = Array(sealed[..<16])
        let nonce = [0, 0, 0, 0] + sealed[16..<nonceLength]
        let text = Array(sealed[nonceLength..<sealed.count - tagLength])
        var tag = Array(sealed.suffix(tagLength))
        guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError("EVP_CIPHER_CTX_new") }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: text.count)
        var last = [UInt8](repeating: 0, count: tagLength)
        var (count, rest): (Int32, Int32) = (0, 0)
        let subkey = hChaCha20(key: key, nonce: start)
        guard EVP_DecryptInit_ex2(context, EVP_chacha20_poly1305(), subkey, nonce, nil) == 1,
            data.isEmpty || EVP_DecryptUpdate(context, nil, &count, data, Int32(data.count)) == 1,
            EVP_DecryptUpdate(context, &output, &count, text, Int32(text.count)) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1
        else { throw CryptoError("EVP_Decrypt") }
        return EVP_DecryptFinal_ex(context, &last, &rest) == 1 ? output : nil
    }

    /// The 20 rounds of ChaCha20, without the addition that would follow (section 2.2 of the draft).
    static func hChaCha20(key: [UInt8], nonce: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574] + words(key) + words(nonce)
        for _ in 0..<10 {
            quarterRound(&state, 0, 4, 8, 12)
            quarterRound(&state, 1, 5, 9, 13)
            quarterRound(&state, 2, 6, 10, 14)
            quarterRound(&state, 3, 7, 11, 15)
            quarterRound(&state, 0, 5, 10, 15)
            quarterRound(&state, 1, 6, 11, 12)
            quarterRound(&state, 2, 7, 8, 13)
            quarterRound(&state, 3, 4, 9, 14)
        }
        return (state[0..<4] + state[12..<16]).flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
    }

    /// RFC 8439, section 2.1.
    private static func quarterRound(_ state: inout [UInt32], _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        func rotate(_ word: UInt32, by bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }
        state[a] &+= state[b]
        state[d] = rotate(state[d] ^ state[a], by: 16)
        state[c] &+= state[d]
        state[b] = rotate(state[b] ^ state[c], by: 12)
        state[a] &+= state[b]
        state[d] = rotate(state[d] ^ state[a], by: 8)
        state[c] &+= state[d]
        state[b] = rotate(state[b] ^ state[c], by: 7)
    }

    /// Little-endian.
    private static func words(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (UInt32($1) * 8) }
        }
    }
}
