extension Migration {
    /// Zone, first day of the week and language of users.
    static let userLocale = Migration(version: 30, name: "user locale") { _ in
        [
            "ALTER TABLE users ADD COLUMN time_zone TEXT",
            "ALTER TABLE users ADD COLUMN week_start TEXT NOT NULL DEFAULT 'monday'",
            "ALTER TABLE users ADD COLUMN language TEXT",
        ]
    }
}
