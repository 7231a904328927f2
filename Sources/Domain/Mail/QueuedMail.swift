import Basics

/// A mail in the outbox.
package struct QueuedMail: Sendable, Equatable {
    package let mail: OutgoingMail
    package let state: MailState
    /// The attempts so far, without those that failed for all mail.
    package let attempts: Int
    package let dueAt: Timestamp
    /// The last reply of a mail server, or the reason why there was none.
    package let reply: String?

    package init(mail: OutgoingMail, state: MailState, attempts: Int, dueAt: Timestamp, reply: String?) {
        (self.mail, self.state, self.attempts, self.dueAt, self.reply) = (mail, state, attempts, dueAt, reply)
    }
}

package enum MailState: String, Sendable, CaseIterable {
    case waiting
    case sent
    /// Refused for good by a mail server.
    case undeliverable
    /// Not sent before it had become useless.
    case expired
    /// Not needed any more: its link was used, say, or a newer mail of its kind took its place.
    case obsolete
    /// Never to be sent: there is no account with its address.
    case suppressed
    /// Never to be sent: there were too many of its kind to its address.
    case limited
}
