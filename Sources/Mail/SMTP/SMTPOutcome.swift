/// The outcome of an attempt to send a mail.
package enum SMTPOutcome: Sendable, Equatable {
    /// The server has taken responsibility for it.
    case sent(reply: SMTPReply)
    /// It may be taken later: a 4yz reply about this mail, or a connection that broke after it was begun.
    case postponed(SMTPReply)
    /// It never will: a 5yz reply about this mail.
    case rejected(SMTPReply)
    /// No mail can be sent: the server is unreachable or does not accept us. It says nothing about this mail.
    case unavailable(SMTPReply)

    package var reply: SMTPReply {
        switch self {
        case .sent(let reply), .postponed(let reply), .rejected(let reply), .unavailable(let reply): reply
        }
    }
}

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
