extension Migration {
    /// Attempts that count against somebody, where several servers count together. `busy_until` is the one number that
    /// `ThrottleLimit` keeps, in milliseconds; `name` is a keyed digest and tells nothing.
    static let throttles = Migration(version: 7, name: "throttles") { dialect in
        [
            """
            CREATE TABLE throttles (
                name       \(dialect.key) NOT NULL PRIMARY KEY,
                busy_until BIGINT NOT NULL
            )
            """,
            "CREATE INDEX throttles_by_end ON throttles (busy_until)",
        ]
    }
}
