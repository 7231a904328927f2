import Basics
import Domain

/// The code of a second factor, as it was typed. White space, dashes and full-width digits are accepted.
enum TypedCode: Equatable, Sendable {
    /// The six digits of an authenticator app.
    case totp(String)
    case recovery(RecoveryCodeText)

    private static let totpLength = 6

    /// Nil for a text that cannot be one.
    /// - Parameter method: the only method whose codes are expected; nil for any.
    init?(_ text: String, of method: SecondFactorMethod? = nil) {
        guard let bare = text.asTypedCode else { return nil }
        if method != .recoveryCode, bare.utf8.count == Self.totpLength, bare.utf8.allSatisfy(\.isDigit) {
            self = .totp(bare)
        } else if method != .totp, let code = RecoveryCodeText(bare) {
            self = .recovery(code)
        } else {
            return nil
        }
    }
}
