extension Migration {
    /// The password before a change, for the link that recovers the account; an index of the addresses that are kept
    /// for their former owners.
    static let recoveryLinks = Migration(version: 25, name: "recovery links") { _ in
        [
            "ALTER TABLE account_links ADD COLUMN former_password_hash TEXT",
            "CREATE INDEX account_links_by_address ON account_links (address) WHERE purpose = 'recovery'",
        ]
    }
}
