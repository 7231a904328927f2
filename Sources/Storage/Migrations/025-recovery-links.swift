extension Migration {
    /// The password before a change, for the link that recovers the account; an index by which an address
    /// is found that is kept for its former owner.
    static let recoveryLinks = Migration(version: 25, name: "recovery links") { _ in
        [
            "ALTER TABLE account_links ADD COLUMN former_password_hash TEXT",
            "CREATE INDEX account_links_by_address ON account_links (address, purpose)",
        ]
    }
}
