import Basics
import Crypto
import Domain

/// Challenges of ceremonies: 16 random bytes, an expiry, and a MAC over both and what the challenge is for. Nothing is
/// stored until one is used, so that a page view costs no row; then a digest is, as it is good for one use.
struct PasskeyChallenges: Sendable {
    /// The ceremony that a challenge permits.
    enum Purpose: Sendable {
        case signIn
        /// The second factor of the sign-in with this digest.
        case secondFactor(String)
        /// The proof that this session's user is there.
        case proof(SessionID)
        /// The proof that the owner recovers an account with the link with this digest.
        case recovery(String)
        /// A new passkey for the user of this session.
        /// - Parameter hasSecondFactor: true if a second factor was shown for it.
        case registration(SessionID, hasSecondFactor: Bool)

        fileprivate var text: String {
            switch self {
            case .signIn: "sign-in"
            case .secondFactor(let digest): "second factor\0\(digest)"
            case .proof(let session): "proof\0\(session)"
            case .recovery(let digest): "recovery\0\(digest)"
            case .registration(let session, let hasSecondFactor): "registration\0\(session)\0\(hasSecondFactor)"
            }
        }
    }

    static let lifetimeSeconds: Int64 = 300
    private static let randomLength = 16
    private static let length = randomLength + 8 + 32

    private let hmacs: HMACs
    private let now: @Sendable () -> Timestamp

    init(_ secrets: Secrets, now: @escaping @Sendable () -> Timestamp) throws {
        hmacs = try secrets.hmacs(for: "passkey challenges")
        self.now = now
    }

    func make(for purpose: Purpose) throws -> [UInt8] {
        let expiry = now().adding(seconds: Self.lifetimeSeconds).milliseconds
        let head = try SecureRandom.bytes(Self.randomLength) + Self.bytes(of: expiry)
        return head + (try hmacs.code(for: head + Array(purpose.text.utf8)))
    }

    /// Nil for a challenge that was not made here for this purpose, or has expired. It may have been used before.
    func challenge(_ bytes: [UInt8], for purpose: Purpose) throws -> UsedChallenge? {
        guard bytes.count == Self.length else { return nil }
        let (head, code) = (Array(bytes.prefix(Self.length - 32)), Array(bytes.suffix(32)))
        guard try hmacs.isCode(code, for: head + Array(purpose.text.utf8)) else { return nil }
        let expiry = head.suffix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        guard expiry > now().milliseconds else { return nil }
        return UsedChallenge(
            digest: try SHA256.hexadecimalHash(bytes), expiresAt: Timestamp(milliseconds: expiry))
    }

    private static func bytes(of number: Int64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
