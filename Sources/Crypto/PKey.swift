import CCrypto

/// An asymmetric key of OpenSSL.
package final class PKey: @unchecked Sendable {
    // @unchecked is safe: the key is never changed after init, and OpenSSL lets several threads use one at once.
    private let handle: OpaquePointer

    package enum Curve: String {
        case p256 = "P-256"
        case p521 = "P-521"

        /// Bytes of one coordinate, and of each half of a signature.
        var size: Int { self == .p256 ? 32 : 66 }
    }

    private init(handle: OpaquePointer) { self.handle = handle }
    deinit { EVP_PKEY_free(handle) }

    // MARK: Public keys

    /// - Parameter x: the 32-byte public key of RFC 8032.
    /// - Returns: nil for a weak key, too.
    package convenience init?(ed25519 x: [UInt8]) {
        guard x.count == 32, !Ed25519Points.isWeak(x) else { return nil }
        // 1.3.101.112 (RFC 8410)
        self.init(algorithm: [0x06, 0x03, 0x2B, 0x65, 0x70], key: x)
    }

    package convenience init?(rsaModulus n: [UInt8], exponent e: [UInt8]) {
        let modulus = Array(n.drop { $0 == 0 })
        // 2,048 to 8,192 bits: shorter is weak (RFC 7518, section 3.3), longer is too expensive to verify.
        guard let first = modulus.first, modulus.count <= 1024,
            modulus.count * 8 - first.leadingZeroBitCount >= 2048, !Self.hasROCAFingerprint(modulus)
        else { return nil }
        // RFC 8017, section 3.1: odd and at least 3; with 1, every message is its own signature.
        let exponent = Array(e.drop { $0 == 0 })
        guard let last = exponent.last, last & 1 == 1, exponent != [1], exponent.count <= 8 else { return nil }
        // 1.2.840.113549.1.1.1 with NULL (RFC 8017, appendix A.1)
        self.init(
            algorithm: [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00],
            key: DER.sequence(DER.integer(modulus) + DER.integer(exponent)))
    }

    /// - Returns: nil for coordinates of the wrong length or a point that is not on the curve.
    package convenience init?(_ curve: Curve, x: [UInt8], y: [UInt8]) {
        guard x.count == curve.size, y.count == curve.size else { return nil }
        // 1.2.840.10045.2.1 with the curve's name (RFC 5480)
        let named: [UInt8] =
            curve == .p256
            ? [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07] : [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23]
        self.init(algorithm: [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01] + named, key: [4] + x + y)
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, handle, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1 else { return nil }
    }

    /// A SubjectPublicKeyInfo (RFC 5280, section 4.1) of these parts, read by OpenSSL.
    private convenience init?(algorithm: [UInt8], key: [UInt8]) {
        let info = DER.sequence(DER.sequence(algorithm) + DER.bitString(key))
        let handle = info.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_PUBKEY(nil, &start, buffer.count)
        }
        guard let handle else { return nil }
        self.init(handle: handle)
    }

    // MARK: Private keys

    package enum Kind: String, Sendable {
        case ed25519 = "ED25519"
        case rsa3072 = "RSA"
    }

    /// Generates a key pair.
    package static func generate(_ kind: Kind) throws -> PKey {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, kind.rawValue, nil) else {
            throw CryptoError("EVP_PKEY_CTX_new_from_name")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var handle: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            kind != .rsa3072 || EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072) == 1,
            EVP_PKEY_generate(context, &handle) == 1, let handle
        else { throw CryptoError("EVP_PKEY_generate") }
        return PKey(handle: handle)
    }

    package func isOf(_ kind: Kind) -> Bool { EVP_PKEY_is_a(handle, kind.rawValue) == 1 }

    /// - Parameter der: the result of `privateDER()`.
    package convenience init?(privateDER der: [UInt8]) {
        let handle = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_AutoPrivateKey(nil, &start, buffer.count)
        }
        guard let handle else { return nil }
        self.init(handle: handle)
    }

    /// The private key, unencrypted: to be encrypted at once.
    package func privateDER() throws -> [UInt8] {
        let count = i2d_PrivateKey(handle, nil)
        guard count > 0 else { throw CryptoError("i2d_PrivateKey") }
        var output = [UInt8](repeating: 0, count: Int(count))
        let written = output.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            return i2d_PrivateKey(handle, &start)
        }
        guard written == count else { throw CryptoError("i2d_PrivateKey") }
        return output
    }

    /// The 32 bytes of an Ed25519 public key.
    package func rawPublicKey() throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        var count = 32
        guard EVP_PKEY_get_raw_public_key(handle, &output, &count) == 1, count == 32 else {
            throw CryptoError("EVP_PKEY_get_raw_public_key")
        }
        return output
    }

    /// Modulus and exponent of an RSA key, without leading zeros.
    package func rsaPublicNumbers() throws -> (n: [UInt8], e: [UInt8]) {
        func number(_ name: String) throws -> [UInt8] {
            var value: OpaquePointer?
            guard EVP_PKEY_get_bn_param(handle, name, &value) == 1, let value else {
                throw CryptoError("EVP_PKEY_get_bn_param")
            }
            defer { BN_free(value) }
            var output = [UInt8](repeating: 0, count: Int((BN_num_bits(value) + 7) / 8))
            BN_bn2bin(value, &output)
            return output
        }
        return (try number(OSSL_PKEY_PARAM_RSA_N), try number(OSSL_PKEY_PARAM_RSA_E))
    }

    func hasSamePublicKey(as other: PKey) -> Bool {
        // Comparing keys of different kinds leaves an error in the queue.
        defer { ERR_clear_error() }
        return EVP_PKEY_eq(handle, other.handle) == 1
    }

    // MARK: Signatures

    package func sign(_ message: [UInt8], by algorithm: JWSAlgorithm) throws -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw CryptoError("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        guard EVP_DigestSignInit_ex(context, nil, algorithm.digestName, nil, nil, handle, nil) == 1,
            EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { throw CryptoError("EVP_DigestSign") }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
            throw CryptoError("EVP_DigestSign")
        }
        return Array(signature.prefix(count))
    }

    /// The encoding of an ECDSA signature.
    package enum SignatureEncoding {
        /// The two halves, one after the other (RFC 7518, section 3.4).
        case jose
        /// The two integers in DER (RFC 3279, section 2.2.3).
        case der
    }

    package func verifies(
        _ signature: [UInt8], of message: [UInt8], by algorithm: JWSAlgorithm,
        encodedAs encoding: SignatureEncoding = .jose
    ) -> Bool {
        // OpenSSL's error about a bad signature must not be left in the queue for the next failure.
        defer { ERR_clear_error() }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        var details: OpaquePointer?
        guard EVP_DigestVerifyInit_ex(context, &details, algorithm.digestName, nil, nil, handle, nil) == 1 else {
            return false
        }
        var signature = signature
        switch algorithm.family {
        case .rsaPSS:
            guard EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        case .ecdsa where encoding == .jose:
            // OpenSSL expects them as DER.
            let size = (algorithm == .es256 ? Curve.p256 : .p521).size
            guard signature.count == 2 * size else { return false }
            signature = DER.sequence(DER.integer(Array(signature[..<size])) + DER.integer(Array(signature[size...])))
        case .ecdsa, .rsaPKCS1, .edDSA, .hmac: break
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// Checks the modulus for the pattern of CVE-2017-15361: keys from a faulty chip library, which can be factored.
    /// Their primes are powers of 65,537 modulo many small primes, and so is their product.
    private static func hasROCAFingerprint(_ modulus: [UInt8]) -> Bool {
        let primes: [UInt64] = [
            3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
            109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
        ]
        return primes.allSatisfy { prime in
            let remainder = modulus.reduce(UInt64(0)) { ($0 << 8 | UInt64($1)) % prime }
            var power: UInt64 = 1
            for _ in 0..<prime {
                if power == remainder { return true }
                power = power * 65_537 % prime
            }
            return false
        }
    }
}

/// The subset of DER (X.690) that public keys and ECDSA signatures need.
private enum DER {
    static func sequence(_ content: [UInt8]) -> [UInt8] { wrap(0x30, content) }
    static func bitString(_ content: [UInt8]) -> [UInt8] { wrap(0x03, [0] + content) }

    /// Encodes a non-negative integer from its bytes.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        let needsZero = digits.first.map { $0 >= 0x80 } ?? true
        return wrap(0x02, (needsZero ? [0] : []) + digits)
    }

    private static func wrap(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        switch count {
        case ..<0x80: return [tag, UInt8(count)] + content
        case ..<0x100: return [tag, 0x81, UInt8(count)] + content
        default: return [tag, 0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)] + content
        }
    }
}
