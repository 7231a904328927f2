import App
import ArgumentParser
import Domain

struct MailRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Send mail again that waits or could not be delivered, unless it has expired.")
    @Argument(help: "The e-mail's id.") var id: String?
    @Flag(help: "All such mail.") var all = false
    @OptionGroup var settings: SettingFlags

    func validate() throws {
        guard (id == nil) == all else { throw ValidationError("Give the id of an e-mail, or --all.") }
    }

    func run() async throws {
        try await Services.with(settings) { services, _ in
            let time = services.clocks.now()
            let count = try await services.outbox.retry(
                id.map(MailID.init(rawValue:)), at: time,
                recording: AuditEvent(.mailRetried, at: time, by: .commandLine))
            guard count > 0 else {
                guard all else { throw CommandFailure("There is no such e-mail, or it has expired or was sent.") }
                return print("There is no such e-mail.")
            }
            print(count == 1 ? "The server sends it within seconds." : "The server sends \(count) mails.")
        }
    }
}
