extension Migration {
    /// Marks accounts whose address was verified where no one was signed in to them: another person than the one who
    /// reads the e-mail may have made them. Not known of accounts from before.
    static let confirmedElsewhere = Migration(version: 42, name: "confirmed elsewhere") { _ in
        ["ALTER TABLE users ADD COLUMN confirmed_elsewhere BOOLEAN NOT NULL DEFAULT FALSE"]
    }
}
