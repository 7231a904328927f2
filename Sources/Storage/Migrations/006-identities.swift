extension Migration {
    /// Identities at outside services. An address is not an identity: controlling an address elsewhere must not grant
    /// ownership of its account here.
    static let identities = Migration(version: 6, name: "identities") { dialect in
        [
            """
            CREATE TABLE identities (
                issuer     \(dialect.key)   NOT NULL,
                subject    \(dialect.key)   NOT NULL,
                user_id    \(dialect.key)   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (issuer, subject)
            )
            """,
            "CREATE INDEX identities_by_user ON identities (user_id)",
        ]
    }
}
