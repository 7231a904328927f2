import Basics

/// An e-mail in the outbox.
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
