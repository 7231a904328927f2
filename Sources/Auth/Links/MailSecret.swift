import Basics

/// The secrets in an e-mail with a link: its token, and the code that can be typed instead.
package struct MailSecret: Sendable {
    /// The least time that a link or a code must have left when its mail is sent.
    package static let usefulSeconds: Int64 = 300

    package let token: String
    /// Eight digits, in two groups: `1234 5678`.
    package let code: String
    package let expiresAt: Timestamp
    package let codeExpiresAt: Timestamp
}
