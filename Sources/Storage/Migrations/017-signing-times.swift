extension Migration {
    /// A new key is published some time before it signs. Existing keys have signed since their creation.
    static let signingTimes = Migration(version: 17, name: "signing times") { _ in
        [
            "ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT NOT NULL DEFAULT 0",
            "UPDATE signing_keys SET signs_from = created_at",
        ]
    }
}
