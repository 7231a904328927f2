/// The state of an e-mail in the outbox.
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
