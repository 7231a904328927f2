import Basics
import Crypto
import Domain

/// The secret that an account shares with an authenticator app. Twenty bytes are 32 characters in base 32: no padding, and
/// no bits left over, which some apps refuse.
package struct AuthenticatorSecret: Sendable {
    static let length = 20
    private static let issuer = "Latchkey"

    let bytes: [UInt8]
    private let email: EmailAddress

    init(of user: User, bytes: [UInt8]) { (email, self.bytes) = (user.email, bytes) }

    static func make(for user: User) throws -> AuthenticatorSecret {
        AuthenticatorSecret(of: user, bytes: try SecureRandom.bytes(length))
    }

    /// In groups of four, to be typed.
    package var shown: String {
        let text = Array(Base32.encode(bytes))
        return stride(from: 0, to: text.count, by: 4)
            .map { String(text[$0..<min($0 + 4, text.count)]) }.joined(separator: " ")
    }

    /// For a QR code, or a link on the device that has the app. Whatever else such an address can say, apps ignore, or take
    /// in different ways.
    package var uri: String { uri(issuer: nil) }

    /// - Parameter issuer: the name that the app shows; nil for ours.
    package func uri(issuer: String?) -> String {
        let issuer = PercentEncoding.encodeComponent(issuer ?? Self.issuer)
        let account = PercentEncoding.encodeComponent(email.text)
        return "otpauth://totp/\(issuer):\(account)?secret=\(Base32.encode(bytes))&issuer=\(issuer)"
    }
}
