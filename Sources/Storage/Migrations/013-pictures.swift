extension Migration {
    /// Uploaded pictures, one per user. Data URLs that earlier versions kept in `users.image` move here when the server
    /// starts, and the index finds them without a full scan.
    static let pictures = Migration(version: 13, name: "pictures") { dialect in
        [
            """
            CREATE TABLE pictures (
                user_id \(dialect.key) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
                digest  \(dialect.key) NOT NULL,
                format  TEXT NOT NULL,
                content \(dialect.bytes) NOT NULL
            )
            """,
            "CREATE INDEX pictures_by_digest ON pictures (digest)",
            "CREATE INDEX users_with_data_urls ON users (id) WHERE lower(substr(image, 1, 5)) = 'data:'",
        ]
    }
}
