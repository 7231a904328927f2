import Basics
import Crypto
import Domain

/// The tokens of links in mails: MACs of the mail's id. Each attempt to send a mail carries the same token, so that the
/// link works in whichever copy arrives, and none has to be stored.
package struct MailTokens: Sendable {
    private let hmacs: HMACs

    package init(_ secrets: Secrets) throws { hmacs = try secrets.hmacs(for: "mail tokens") }

    /// 32 hexadecimal digits: 128 bits.
    func token(of mail: MailID, for purpose: LinkPurpose) throws -> String {
        try Self.token(of: mail, for: purpose, hmacs.all[0])
    }

    /// Those under the current secret and under all that were current when the mail may have been queued.
    func tokens(of mail: MailID, for purpose: LinkPurpose) throws -> [String] {
        try hmacs.all.map { try Self.token(of: mail, for: purpose, $0) }
    }

    private static func token(
        of mail: MailID, for purpose: LinkPurpose, _ hmac: HMACSHA256
    ) throws -> String {
        Hexadecimal.encode(try hmac.code(for: "\(purpose.rawValue) \(mail.rawValue)".utf8).prefix(16))
    }
}
