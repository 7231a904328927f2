extension Migration {
    /// Accounts at sign-in providers, and visits to them. `provider` is the name that the settings gave the provider then,
    /// `address` what it told; `state_digest` and `browser_digest` are SHA-256, so the table alone answers for no visit.
    static let linkedAccounts = Migration(version: 38, name: "linked accounts") { dialect in
        let user = "\(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE"
        return [
            """
            CREATE TABLE linked_accounts (
                id           \(dialect.key) NOT NULL PRIMARY KEY,
                user_id      \(user),
                provider     TEXT   NOT NULL,
                issuer       \(dialect.key) NOT NULL,
                subject      \(dialect.key) NOT NULL,
                address      TEXT,
                linked_at    BIGINT NOT NULL,
                last_used_at BIGINT,
                UNIQUE (issuer, subject)
            )
            """,
            "CREATE INDEX linked_accounts_by_user ON linked_accounts (user_id)",
            """
            CREATE TABLE provider_flows (
                state_digest      \(dialect.key) NOT NULL PRIMARY KEY,
                browser_digest    \(dialect.key) NOT NULL,
                provider          TEXT    NOT NULL,
                purpose           TEXT    NOT NULL,
                session_id        \(dialect.key),
                is_remembered     BOOLEAN NOT NULL,
                invitation_digest TEXT,
                success_page      TEXT    NOT NULL,
                new_user_page     TEXT,
                failure_page      TEXT,
                time_zone         TEXT,
                language          TEXT,
                created_at        BIGINT  NOT NULL,
                expires_at        BIGINT  NOT NULL
            )
            """,
            "CREATE INDEX provider_flows_by_expiry ON provider_flows (expires_at)",
        ]
    }
}
