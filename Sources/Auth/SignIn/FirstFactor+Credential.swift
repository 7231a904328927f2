import Basics
import Crypto
import Domain

extension FirstFactor {
    /// SHA-256 in hexadecimal, to recognize the same first factor later. A password's alone is that of its hash.
    func digest() throws -> String {
        switch self {
        case .password(let hash): try SHA256.hexadecimalHash(hash.utf8)
        case .provider(let identity):
            try SHA256.hexadecimalHash("provider\0\(identity.issuer)\0\(identity.subject)".utf8)
        case .passkey(let id): try SHA256.hexadecimalHash("passkey\0\(id.rawValue)".utf8)
        }
    }

    /// True if no second factor is needed beside it.
    var includesSecond: Bool {
        switch self {
        case .password, .provider: false
        case .passkey: true
        }
    }

    /// The credential of a sign-in that needs no second factor.
    var credential: SignInCredential {
        switch self {
        case .password(let hash): .password(hash: hash)
        case .provider(let identity): .provider(identity)
        case .passkey(let id): .usedPasskey(id)
        }
    }

    /// The credential of a sign-in on a trusted device.
    func credential(onTrusted device: String, at time: Timestamp) -> SignInCredential {
        switch self {
        case .password(let hash): .passwordOnTrustedDevice(hash: hash, device: device, time)
        case .provider(let identity): .providerOnTrustedDevice(identity, device: device, time)
        case .passkey: credential
        }
    }
}
