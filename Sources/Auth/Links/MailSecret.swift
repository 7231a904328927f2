import Basics

/// The secrets in a mail with a link: its token, and the code that can be typed instead.
package struct MailSecret: Sendable {
    /// A link or a code that has less time left when its mail is sent is of no use.
    package static let usefulSeconds: Int64 = 300

    package let token: String
    /// Eight digits, in two groups: `1234 5678`.
    package let code: String
    package let expiresAt: Timestamp
    package let codeExpiresAt: Timestamp
}
