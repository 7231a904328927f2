import Basics
import Crypto

/// An authenticator app that has scanned a QR code.
package struct Authenticator: Sendable {
    private let secret: [UInt8]

    /// Nil for an address that apps do not take.
    package init?(_ uri: String) {
        guard let base32 = uri.firstMatch(of: /^otpauth:\/\/totp\/[^?]+\?secret=([A-Z2-7]{32})&/)?.1 else { return nil }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (bytes, buffer, bits): ([UInt8], UInt32, UInt32) = ([], 0, 0)
        for character in base32 {
            buffer = buffer << 5 | UInt32(alphabet.firstIndex(of: character) ?? 0)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        secret = bytes
    }

    /// The code that the app shows at this time.
    package func code(at time: Timestamp) throws -> String {
        try OneTimePassword.code(of: OneTimePassword.step(at: time.seconds), secret: secret)
    }

    /// Some code that no app would show around this time.
    package func wrongCode(at time: Timestamp) throws -> String {
        let codes = try (-20...20).map { try code(at: time.adding(seconds: 30 * $0)) }
        return (0...).lazy.map { String(String(1_000_000 + $0).dropFirst()) }.first { !codes.contains($0) } ?? ""
    }
}
