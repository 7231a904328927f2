extension Migration {
    /// One row: a MAC under the secret that the database is used with. It distinguishes secrets, and reveals nothing
    /// else.
    static let secretCheck = Migration(version: 12, name: "secret check") { _ in
        [
            """
            CREATE TABLE secret_check (
                id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
                code    TEXT   NOT NULL,
                made_at BIGINT NOT NULL
            )
            """
        ]
    }
}
