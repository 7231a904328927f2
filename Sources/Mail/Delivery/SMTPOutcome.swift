/// The outcome of an attempt to send an e-mail.
package enum SMTPOutcome: Sendable, Equatable {
    /// The server has taken responsibility for it.
    case sent(reply: SMTPReply)
    /// It may be taken later: a 4yz reply about this e-mail, or a connection that broke after it was begun.
    case postponed(SMTPReply)
    /// It never will: a 5yz reply about this e-mail.
    case rejected(SMTPReply)
    /// No mail can be sent: the server is unreachable or does not accept us. It says nothing about this e-mail.
    case unavailable(SMTPReply)

    package var reply: SMTPReply {
        switch self {
        case .sent(let reply), .postponed(let reply), .rejected(let reply), .unavailable(let reply): reply
        }
    }
}
