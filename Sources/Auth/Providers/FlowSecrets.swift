import Basics
import Crypto

/// The secrets of one visit to a provider: the state, which the browser carries there and back, and the nonce and the PKCE
/// verifier. Those are MACs of the state, so that none has to be stored.
struct FlowSecrets: Sendable {
    let state: String
    let nonce: String
    /// 43 characters (RFC 7636, section 4.1).
    let verifier: String

    private static let length = 43

    /// - Returns: nil for a text that cannot be a state.
    init?(state: String, _ hmacs: HMACs) throws {
        guard state.utf8.count == Self.length, state.utf8.allSatisfy(\.isASCIIAlphanumeric) else { return nil }
        self.state = state
        nonce = Base64URL.encode(try hmacs.code(for: "nonce \(state)".utf8))
        verifier = Base64URL.encode(try hmacs.code(for: "verifier \(state)".utf8))
    }

    static func make(_ hmacs: HMACs) throws -> FlowSecrets {
        guard let secrets = try FlowSecrets(state: SecureRandom.alphanumerics(length), hmacs) else {
            throw CryptoError("RAND_bytes")
        }
        return secrets
    }

    var challenge: String { get throws { Base64URL.encode(try SHA256.hash(verifier.utf8)) } }
    var stateDigest: String { get throws { try SHA256.hexadecimalHash(state.utf8) } }
}
