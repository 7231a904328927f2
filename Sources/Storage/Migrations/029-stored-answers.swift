extension Migration {
    /// Answers to requests with an `Idempotency-Key`. A status of 0 is a request that is being carried out, which only
    /// its own transaction sees.
    static let storedAnswers = Migration(version: 29, name: "stored answers") { dialect in
        [
            """
            CREATE TABLE stored_answers (
                user_id     \(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                digest      \(dialect.key) NOT NULL,
                body_digest TEXT   NOT NULL,
                created_at  BIGINT NOT NULL,
                status      BIGINT NOT NULL DEFAULT 0,
                location    TEXT,
                tag         TEXT,
                body        TEXT   NOT NULL DEFAULT '',
                PRIMARY KEY (user_id, digest)
            ) \(dialect.clustered)
            """,
            "CREATE INDEX stored_answers_by_age ON stored_answers (created_at)",
        ]
    }
}
