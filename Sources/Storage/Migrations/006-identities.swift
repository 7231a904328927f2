extension Migration {
    /// Who somebody is to an outside service. An address is no identity: whoever controls one elsewhere must not
    /// become its owner here.
    static let identities = Migration(version: 6, name: "identities") { _ in
        [
            """
            CREATE TABLE identities (
                issuer     TEXT   NOT NULL,
                subject    TEXT   NOT NULL,
                user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (issuer, subject)
            )
            """,
            "CREATE INDEX identities_by_user ON identities (user_id)",
        ]
    }
}
