extension Migration {
    /// Codes that can be typed in place of a link, with the number of attempts; users who may not sign in before their
    /// address is verified.
    static let mailedCodes = Migration(version: 27, name: "mailed codes") { _ in
        [
            "ALTER TABLE account_links ADD COLUMN code_digest TEXT",
            "ALTER TABLE account_links ADD COLUMN code_attempts BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE users ADD COLUMN must_verify BOOLEAN NOT NULL DEFAULT FALSE",
        ]
    }
}
