import ArgumentParser

struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Try the mail server, and look after mail that waits or failed.",
        subcommands: [MailTest.self, MailList.self, MailRetry.self])
}
