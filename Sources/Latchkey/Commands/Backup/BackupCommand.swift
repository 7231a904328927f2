import ArgumentParser

/// Backups of the database, made while the server runs.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up the database while the server runs, and manage backups.",
        discussion: """
            The secret is not in a backup, and without it sessions, keys and the audit trail are of no use: keep a copy \
            of BETTER_AUTH_SECRET, or of the file secret in the data directory, in another place.
            """,
        subcommands: [BackupCreate.self, BackupList.self, BackupVerify.self, BackupPrune.self],
        defaultSubcommand: BackupCreate.self)
}
