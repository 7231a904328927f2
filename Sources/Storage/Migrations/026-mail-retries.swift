extension Migration {
    /// The time at which the operator asked to send an e-mail again, which ends a pause of the sender.
    static let mailRetries = Migration(version: 26, name: "mail retries") { _ in
        ["ALTER TABLE mail_outbox ADD COLUMN retried_at BIGINT"]
    }
}
