extension Migration {
    /// Users. `password_hash` may be NULL: users who sign in elsewhere have no password here.
    static let users = Migration(version: 1, name: "users") { dialect in
        [
            """
            CREATE TABLE users (
                id             \(dialect.key)    NOT NULL PRIMARY KEY,
                email          \(dialect.key)    NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) <= 254),
                username       TEXT    CHECK (length(username) BETWEEN 1 AND 100),
                email_verified BOOLEAN NOT NULL,
                image          TEXT    CHECK (length(image) <= 2048),
                password_hash  TEXT,
                is_active      BOOLEAN NOT NULL,
                created_at     BIGINT  NOT NULL,
                updated_at     BIGINT  NOT NULL
            )
            """
        ]
    }
}
