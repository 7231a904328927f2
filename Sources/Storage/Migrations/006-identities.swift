extension Migration {
    /// Who somebody is to an outside service. An address is no identity: whoever controls one elsewhere must not
    /// become its owner here.
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
