/// A public key in the form of COSE (RFC 9052, section 7; RFC 9053), of an algorithm that passkeys are offered. The key
/// names its algorithm, and verifies by no other.
package struct COSEKey: Sendable {
    /// The algorithms, in the order in which they are offered: authenticators take the first that they know.
    package enum Algorithm: Int64, Sendable, CaseIterable {
        case edDSA = -8
        case es256 = -7
        case rs256 = -257
    }

    private static let rsaBits = 2048...4096

    package let algorithm: Algorithm
    private let key: PKey

    /// - Returns: nil for a key of another algorithm, and for one that must not be used: a point that is not on the curve,
    ///   a weak key of Ed25519, RSA of other lengths than 2,048 to 4,096 bits.
    package init?(_ value: CBORValue) {
        func number(_ label: Int64) -> Int64? {
            if case .integer(let number)? = value[.integer(label)] { number } else { nil }
        }
        func bytes(_ label: Int64) -> [UInt8]? {
            if case .bytes(let bytes)? = value[.integer(label)] { bytes } else { nil }
        }
        guard let algorithm = number(3).flatMap(Algorithm.init) else { return nil }
        let key: PKey? =
            switch (algorithm, number(1)) {
            // Key type OKP, curve Ed25519.
            case (.edDSA, 1) where number(-1) == 6: bytes(-2).flatMap(PKey.init(ed25519:))
            // Key type EC2, curve P-256; a compressed point has a Boolean for its y.
            case (.es256, 2) where number(-1) == 1: Self.point(bytes(-2), bytes(-3))
            case (.rs256, 3): Self.rsa(bytes(-1), bytes(-2))
            default: nil
            }
        guard let key else { return nil }
        (self.algorithm, self.key) = (algorithm, key)
    }

    private static func point(_ x: [UInt8]?, _ y: [UInt8]?) -> PKey? {
        guard let x, let y else { return nil }
        return PKey(.p256, x: x, y: y)
    }

    private static func rsa(_ modulus: [UInt8]?, _ exponent: [UInt8]?) -> PKey? {
        guard let modulus, let exponent, let first = modulus.first,
            rsaBits.contains(modulus.count * 8 - first.leadingZeroBitCount),
            exponent == [1, 0, 1] || exponent == [3]
        else { return nil }
        return PKey(rsaModulus: modulus, exponent: exponent)
    }

    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch algorithm {
        case .edDSA: key.verifies(signature, of: message, by: .edDSA)
        case .es256: key.verifies(signature, of: message, by: .es256, encodedAs: .der)
        case .rs256: key.verifies(signature, of: message, by: .rs256)
        }
    }
}
