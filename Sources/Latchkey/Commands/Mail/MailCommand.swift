import ArgumentParser

struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Try the mail server, and manage mail that waits or has failed.",
        subcommands: [MailTest.self, MailList.self, MailRetry.self])
}
