import Basics

/// The result of an attempt to send an e-mail.
package enum MailResult: Sendable, Equatable {
    case sent
    case undeliverable
    case expired
    case obsolete
    /// To be tried again then.
    case postponed(until: Timestamp)
    /// No mail can be sent at present; the attempt does not count.
    case held
}
