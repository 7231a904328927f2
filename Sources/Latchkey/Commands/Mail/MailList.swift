import App
import ArgumentParser
import Domain
import JSON

struct MailList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show mail that waits, and mail that was given up, newest first.")
    @Flag(help: "All mail of the last days, sent mail included.") var all = false
    @OptionGroup var limit: RowLimit
    @Flag(help: "One JSON object for each e-mail.") var json = false
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await Services.with(settings) { services, _ in
            let states: [MailState] =
                [.waiting, .undeliverable, .expired] + (all ? [.sent, .obsolete] : [])
            let mails = try await services.outbox.mail(in: states, limit: limit.count)
            if json {
                for mail in mails { print(Self.json(mail)) }
                return
            }
            guard !mails.isEmpty else { return print("There is no such e-mail.") }
            var table = TextTable(["ID", "STATE", "KIND", "TO", "SINCE", "ATTEMPTS", "LAST REPLY"])
            for queued in mails {
                table.append([
                    queued.mail.id.rawValue, queued.state.rawValue, queued.mail.kind.rawValue, queued.mail.address.text,
                    queued.mail.createdAt.rfc3339, String(queued.attempts), queued.reply ?? "-",
                ])
            }
            for line in table.lines { print(line) }
        }
    }

    private static func json(_ queued: QueuedMail) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("id", queued.mail.id.rawValue)
            json.member("state", queued.state.rawValue)
            json.member("kind", queued.mail.kind.rawValue)
            json.member("user_id", queued.mail.userID?.rawValue)
            json.member("address", queued.mail.address.text)
            json.member("created_at", queued.mail.createdAt.rfc3339)
            json.member("due_at", queued.dueAt.rfc3339)
            json.member("expires_at", queued.mail.expiresAt.rfc3339)
            json.member("attempts", Int64(queued.attempts))
            json.member("reply", queued.reply)
        }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}
