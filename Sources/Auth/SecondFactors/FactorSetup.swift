/// A second factor that is being set up, as it is sealed until then: the secret of the app and, where recovery codes were
/// shown with it, their digests.
struct FactorSetup: Sendable {
    private static let digestLength = 32

    let secret: [UInt8]
    let codeDigests: [[UInt8]]

    init(secret: [UInt8], codes: [RecoveryCodeText] = []) throws {
        (self.secret, codeDigests) = (secret, try codes.map { try $0.digest() })
    }

    /// Nil for bytes that are none.
    init?(bytes: [UInt8]) {
        let digests = bytes.dropFirst(AuthenticatorSecret.length)
        guard bytes.count >= AuthenticatorSecret.length, digests.count.isMultiple(of: Self.digestLength) else {
            return nil
        }
        secret = Array(bytes.prefix(AuthenticatorSecret.length))
        codeDigests = stride(from: digests.startIndex, to: digests.endIndex, by: Self.digestLength).map {
            Array(digests[$0..<$0 + Self.digestLength])
        }
    }

    var bytes: [UInt8] { secret + codeDigests.joined() }
}
