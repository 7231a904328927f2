import ArgumentParser

@main
struct Latchkey: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "latchkey",
        abstract: "A task list with accounts of its own: pages for people, a JSON API for programs, one file of data.",
        discussion: """
            With no command, latchkey serves. Everything has a default; settings come from flags, from environment \
            variables and from a .env file in the working directory, in that order. docs/configuration.md lists them all.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, UserCommand.self, InviteCommand.self, AuditCommand.self, KeysCommand.self,
            BackupCommand.self, RestoreCommand.self, ImportCommand.self, CopyCommand.self, MailCommand.self,
            CheckCommand.self, SettingsCommand.self, HealthCommand.self, RoutesCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
