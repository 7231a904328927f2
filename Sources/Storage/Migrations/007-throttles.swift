extension Migration {
    /// Attempts that count against limits, if several servers share them. `busy_until` is the state of `ThrottleLimit`,
    /// in milliseconds; `name` is a keyed digest and reveals nothing.
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
