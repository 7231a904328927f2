import ArgumentParser
import Basics
import Crypto
import Mail
import Storage

struct MailTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send an e-mail to this address, and show what the mail server says.")
    @Argument(help: "The address.") var address: String
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await reportingFailures {
            let configuration = try Configuration(try settings.sources(), serves: false)
            let to: Mailbox
            do throws(MailError) { to = try Mailbox(address: address) } catch {
                throw CommandFailure(error.description)
            }
            guard case .server(let server) = configuration.mail.way, let from = configuration.mail.from else {
                throw CommandFailure(
                    "No mail server is set. Set \(Settings.smtpURL.name) and \(Settings.mailFrom.name).")
            }
            try configuration.checkOutgoing()
            let origin = configuration.publicURL?.text ?? "http://localhost"
            let time = Timestamp.now()
            let text = "This is a test e-mail from \(origin)."
            let message = try MailMessage(
                from: from, to: to, subject: "Test", text: text,
                html: "<!doctype html><title>Test</title><p>\(text)</p>",
                id: UUIDv7Generator().next(at: time), time: time)
            let attempt = await configuration.smtpClient(server, ownOrigin: { origin })
                .send(message, boundary: try SecureRandom.alphanumerics(24))
            for line in attempt.dialogue {
                print(
                    line.isCommand ? "> " : "< ",
                    String(decoding: VisibleText.escaped(Array(line.text.utf8)), as: UTF8.self), separator: "")
            }
            guard case .sent = attempt.outcome else {
                throw CommandFailure("The e-mail was not sent: \(attempt.outcome.reply)")
            }
            if server.user != nil, !attempt.dialogue.contains(where: { $0.isCommand && $0.text.hasPrefix("AUTH") }) {
                print("The server took the e-mail without asking for the password.")
            }
            print("\(server.shown) has taken the e-mail to \(address).")
            if await endPause(configuration) { print("Mail that was held is sent within seconds.") }
        }
    }

    /// Tells a running server that holds its mail that mail can be sent again. The test needs no database: where there
    /// is none, or no mail waits in it, there is nothing to tell.
    private func endPause(_ configuration: Configuration) async -> Bool {
        guard let database = try? configuration.database.openExisting() else { return false }
        defer { database.close() }
        let count = try? await SQLMailOutbox(database).endPause(at: .now())
        return count.map { $0 > 0 } ?? false
    }
}
