import ArgumentParser

/// Invitations, from the command line.
struct InviteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Make, list and revoke invitations to sign up.",
        discussion: """
            With no subcommand, makes one and prints its link. Needs the settings of the server, BETTER_AUTH_SECRET \
            included, as everything is recorded in the audit trail with the name of who did it.
            """,
        subcommands: [InviteCreate.self, InviteList.self, InviteRevoke.self], defaultSubcommand: InviteCreate.self)
}
