import Basics
import JSON

/// A key that verifies signatures: its material, and its own algorithms (RFC 8725, section 3.1: the key decides, the
/// token can only agree).
package final class VerificationKey: Sendable {
    package let id: String?
    package let algorithms: Set<JWSAlgorithm>
    private let material: Material

    private enum Material: Sendable {
        case secret([UInt8])
        case publicKey(PKey)
    }

    package init(id: String?, algorithms: Set<JWSAlgorithm>, publicKey: PKey) {
        self.id = id
        self.algorithms = algorithms
        material = .publicKey(publicKey)
    }

    /// Tells whether the token was signed by this key, with one of its own algorithms.
    package func verifies(_ token: JWS) -> Bool {
        verifies(token.signature, of: Array(token.signingInput), by: token.algorithm)
    }

    package func verifies(_ signature: [UInt8], of message: [UInt8], by algorithm: JWSAlgorithm) -> Bool {
        guard algorithms.contains(algorithm) else { return false }
        switch material {
        case .secret(let key):
            let code = try? algorithm.hmac(key: key, message: message)
            return code.map { ConstantTime.isEqual($0, signature) } ?? false
        case .publicKey(let key):
            return key.verifies(signature, of: message, by: algorithm)
        }
    }

    /// Tells whether both are the same public key, regardless of their names.
    package func isSameKey(as other: VerificationKey) -> Bool {
        guard case .publicKey(let own) = material, case .publicKey(let others) = other.material else { return false }
        return own.hasSamePublicKey(as: others)
    }

    /// A key of a JWK Set (RFC 7517).
    ///
    /// - Returns: nil for a key that must not be used: keys for encryption, RSA under 2,048 bits or with an exponent of
    ///   1, points off their curve, weak keys of Ed25519, secrets shorter than their hash (RFC 7518, section 3.2), and an `alg` that does not
    ///   match the rest.
    package convenience init?(jwk: JSONObject) {
        func text(_ name: String) -> String? {
            if case .string(let text)? = jwk[name] { text } else { nil }
        }
        func bytes(_ name: String) -> [UInt8]? { text(name).flatMap { Base64URL.decode($0.utf8) } }

        if jwk["use"] != nil, text("use") != "sig" { return nil }
        if let operations = jwk["key_ops"] {
            guard case .array(let names) = operations, names.contains(.string("verify")) else { return nil }
        }
        if jwk["kid"] != nil, text("kid") == nil { return nil }
        var fitting: Set<JWSAlgorithm>
        let material: Material
        switch text("kty") {
        case "OKP":
            guard text("crv") == "Ed25519", let x = bytes("x"), let key = PKey(ed25519: x) else { return nil }
            (fitting, material) = ([.edDSA], .publicKey(key))
        case "RSA":
            guard let n = bytes("n"), let e = bytes("e"), let key = PKey(rsaModulus: n, exponent: e) else { return nil }
            (fitting, material) = ([.rs256, .rs384, .rs512, .ps256, .ps384, .ps512], .publicKey(key))
        case "EC":
            guard let x = bytes("x"), let y = bytes("y"), let curve = PKey.Curve(rawValue: text("crv") ?? ""),
                let key = PKey(curve, x: x, y: y)
            else { return nil }
            (fitting, material) = (curve == .p256 ? [.es256] : [.es512], .publicKey(key))
        case "oct":
            guard let key = bytes("k") else { return nil }
            fitting = Set(
                [JWSAlgorithm.hs256, .hs384, .hs512].filter {
                    key.count >= ($0 == .hs256 ? 32 : $0 == .hs384 ? 48 : 64)
                })
            material = .secret(key)
        default: return nil
        }
        if jwk["alg"] != nil {
            guard let own = text("alg").flatMap(Self.algorithm), fitting.contains(own) else { return nil }
            // RFC 7520, section 4.2, signs with a PSS key and a stronger hash than the key names. A weaker one is
            // refused.
            fitting =
                own.family == .rsaPSS
                ? fitting.filter { $0.family == .rsaPSS && $0.rawValue >= own.rawValue } : [own]
        }
        self.init(id: text("kid"), algorithms: fitting, material: material)
    }

    private init(id: String?, algorithms: Set<JWSAlgorithm>, material: Material) {
        self.id = id
        self.algorithms = algorithms
        self.material = material
    }

    /// `ES521` is a common mistake for `ES512`, the algorithm of curve P-521.
    private static func algorithm(_ name: String) -> JWSAlgorithm? {
        name == "ES521" ? .es512 : JWSAlgorithm(rawValue: name)
    }
}
