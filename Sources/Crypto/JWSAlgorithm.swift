import CCrypto

/// The supported signature algorithms (RFC 7518, section 3.1; RFC 8037). Which of them are accepted is decided by the
/// key, never by the token.
package enum JWSAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es512 = "ES512"
    case edDSA = "EdDSA"

    package enum Family: Sendable { case hmac, rsaPKCS1, rsaPSS, ecdsa, edDSA }

    package var family: Family {
        switch self {
        case .hs256, .hs384, .hs512: .hmac
        case .rs256, .rs384, .rs512: .rsaPKCS1
        case .ps256, .ps384, .ps512: .rsaPSS
        case .es256, .es512: .ecdsa
        case .edDSA: .edDSA
        }
    }

    /// OpenSSL's name for the hash; nil for EdDSA, which has its own.
    var digestName: String? {
        switch self {
        case .hs256, .rs256, .ps256, .es256: "SHA256"
        case .hs384, .rs384, .ps384: "SHA384"
        case .hs512, .rs512, .ps512, .es512: "SHA512"
        case .edDSA: nil
        }
    }
}

extension JWSAlgorithm {
    /// An HMAC (RFC 2104) with the hash of this algorithm, under a key that is used once.
    package func hmac(key: [UInt8], message: some Collection<UInt8>) throws -> [UInt8] {
        let input = Array(message)
        var output = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        guard let name = digestName, let digest = EVP_get_digestbyname(name),
            HMAC(digest, key, Int32(key.count), input, input.count, &output, &count) != nil
        else { throw CryptoError("HMAC") }
        return Array(output.prefix(Int(count)))
    }
}
