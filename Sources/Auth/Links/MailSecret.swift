/// The secrets in a mail with a link: its token, and the code that can be typed instead.
package struct MailSecret: Sendable {
    package let token: String
    /// Eight digits, in two groups: `1234 5678`.
    package let code: String
}
