extension Migration {
    /// Whether the address of an account was verified where no one was signed in to it: it may have been made by another
    /// person than the one who reads its mail. Not known of accounts from before.
    static let confirmedElsewhere = Migration(version: 42, name: "confirmed elsewhere") { _ in
        ["ALTER TABLE users ADD COLUMN confirmed_elsewhere BOOLEAN NOT NULL DEFAULT FALSE"]
    }
}
