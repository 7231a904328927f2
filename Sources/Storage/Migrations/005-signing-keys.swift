extension Migration {
    /// Key pairs that sign tokens for other services. The private half is encrypted under the secret, so the table
    /// alone signs nothing.
    static let signingKeys = Migration(version: 5, name: "signing keys") { dialect in
        [
            """
            CREATE TABLE signing_keys (
                id         \(dialect.key)   NOT NULL PRIMARY KEY,
                algorithm  TEXT   NOT NULL,
                sealed_key TEXT   NOT NULL,
                created_at BIGINT NOT NULL,
                expires_at BIGINT
            )
            """
        ]
    }
}
