import Basics
import Crypto
import Domain

/// The tokens and codes of links in e-mails: MACs of the e-mail's id. Each attempt to send an e-mail carries the same
/// ones, so that they work in whichever copy arrives, and none has to be stored.
package struct MailTokens: Sendable {
    private let hmacs: HMACs

    package init(_ secrets: Secrets) throws { hmacs = try secrets.hmacs(for: "mail tokens") }

    /// Under the current secret.
    /// - Parameter time: when the e-mail was queued.
    func secret(of mail: MailID, at time: Timestamp, for purpose: LinkPurpose) throws -> MailSecret {
        try Self.secret(of: mail, at: time, for: purpose, hmacs.all[0])
    }

    /// Those under the current secret and under all that were current when the e-mail may have been queued.
    func secrets(of mail: MailID, at time: Timestamp, for purpose: LinkPurpose) throws -> [MailSecret] {
        try hmacs.all.map { try Self.secret(of: mail, at: time, for: purpose, $0) }
    }

    /// The token that ends the reminders of an account.
    package func unsubscribing(_ user: UserID) throws -> String { try Self.unsubscribing(user, hmacs.all[0]) }

    /// True if this token, under whichever secret, ends the reminders of the account.
    package func isUnsubscribing(_ token: String, _ user: UserID) throws -> Bool {
        try hmacs.all.contains { try Self.unsubscribing(user, $0).hasSameBytes(as: token) }
    }

    private static func unsubscribing(_ user: UserID, _ hmac: HMACSHA256) throws -> String {
        Hexadecimal.encode(try hmac.code(for: "unsubscribe \(user.rawValue)".utf8).prefix(16))
    }

    private static func secret(
        of mail: MailID, at time: Timestamp, for purpose: LinkPurpose, _ hmac: HMACSHA256
    ) throws -> MailSecret {
        // 32 hexadecimal digits: 128 bits.
        let token = Hexadecimal.encode(try hmac.code(for: "\(purpose.rawValue) \(mail.rawValue)".utf8).prefix(16))
        let bytes = try hmac.code(for: "code \(purpose.rawValue) \(mail.rawValue)".utf8).prefix(8)
        let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000_000
        let digits = String(number + 100_000_000).dropFirst()
        return MailSecret(
            token: token, code: "\(digits.prefix(4)) \(digits.suffix(4))",
            expiresAt: purpose.expiry(ofOneFrom: time),
            codeExpiresAt: time.adding(seconds: AccountLink.codeLifetimeSeconds))
    }

    /// The digest of a code as it is stored: without the secret, eight digits are soon guessed from it.
    /// - Parameter session: the only one in which the code is accepted; nil for any.
    func digest(ofCode code: String, for purpose: LinkPurpose, boundTo session: SessionID? = nil) throws -> String {
        try Self.digest(ofCode: code, for: purpose, session, hmacs.all[0])
    }

    /// The digests of a code as it was typed, under each secret; empty for something that cannot be one. White
    /// space, dashes and full-width digits are accepted.
    func digests(
        ofTypedCode text: String, for purpose: LinkPurpose, boundTo session: SessionID? = nil
    ) throws -> [String] {
        guard let digits = text.asTypedCode, digits.utf8.count == 8, digits.utf8.allSatisfy(\.isDigit) else {
            return []
        }
        let code = "\(digits.prefix(4)) \(digits.suffix(4))"
        return try hmacs.all.map { try Self.digest(ofCode: code, for: purpose, session, $0) }
    }

    private static func digest(
        ofCode code: String, for purpose: LinkPurpose, _ session: SessionID?, _ hmac: HMACSHA256
    ) throws -> String {
        let place = session.map { " in \($0.rawValue)" } ?? ""
        return Hexadecimal.encode(try hmac.code(for: "code digest \(purpose.rawValue) \(code)\(place)".utf8))
    }
}
