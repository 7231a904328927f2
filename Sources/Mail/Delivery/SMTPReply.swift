/// The reply of a mail server, or the reason why there is none.
package struct SMTPReply: Sendable, Equatable, CustomStringConvertible {
    /// Three digits; 0 without a reply.
    package let code: Int
    /// One line of at most 200 visible characters; it comes from another server.
    package let text: String

    package init(code: Int, text: String) {
        self.code = code
        self.text = String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.isControl ? "\u{FFFD}" : $0 }.prefix(200)))
    }

    package var description: String { text.isEmpty ? String(code) : text }
}
