import Basics
import Calendar
import Templating

/// The state of the server and its backups, for an admin.
struct ServerPage: Page {
    static let template = "pages/admin-server"

    var frame: PageFrame
    let tabs = AdminTab.tabs(at: .server)
    let version: String
    /// Nil if it is not known.
    let status: ServerStatus?
    let backups: [Backup]
    /// The reason why the backups cannot be listed.
    let backupsProblem: String?
    let trends: ServerTrends
    /// The reader's.
    let dates: DateFormat

    static let fields: [TemplateField<ServerPage>] = [
        .model("page", \.frame),
        .list("tabs") { $0.tabs },
        .list("facts") { $0.facts },
        .list("charts") { $0.trends.charts },
        .optionalModel("since") { $0.trends.since },
        .list("backups") { $0.backups },
        .optionalText("backups_problem") { $0.backupsProblem },
    ]

    struct Backup: TemplateModel {
        let file: BackupFile
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Backup>] = [
            .text("name") { $0.file.name },
            .model("time") { ShownTime($0.file.madeAt, in: $0.dates) },
            .text("size") { ByteCount.text($0.file.bytes) },
        ]
    }

    /// A fact about one part of the server.
    struct Fact: TemplateModel {
        let name: String
        let text: String
        /// True for a value that needs the operator's attention.
        var isWarning = false

        static let fields: [TemplateField<Fact>] = [
            .text("name") { $0.name },
            .text("text") { $0.text },
            .flag("is_warning") { $0.isWarning },
        ]
    }

    private var facts: [Fact] {
        var facts = [Fact(name: "Version", text: version)]
        guard let status else { return facts }
        facts.append(
            Fact(name: "Database", text: status.problem ?? "Responding.", isWarning: status.problem != nil))
        if status.hasOtherServer {
            facts.append(
                Fact(
                    name: "Servers", text: "Another one uses the same database. That is meant for updates only.",
                    isWarning: true))
        }
        if let disk = status.disk {
            let text = "\(ByteCount.text(disk.free)) free, of which \(ByteCount.text(disk.reserve)) are kept free"
            facts.append(Fact(name: "Disk", text: text, isWarning: disk.free <= disk.reserve))
        }
        if let mail = status.mail {
            let counts = "waiting: \(mail.waiting), undeliverable: \(mail.undeliverable), expired: \(mail.expired)"
            let text = mail.problem.map { "Held: \($0.reason) (\(counts))" } ?? "Sent; \(counts)"
            facts.append(Fact(name: "Mail", text: text, isWarning: mail.problem != nil))
        } else {
            facts.append(Fact(name: "Mail", text: "None is sent."))
        }
        facts.append(backup(status.backup))
        return facts
    }

    private func backup(_ backup: BackupStatus?) -> Fact {
        guard let backup else {
            return Fact(name: "Backups", text: "There are none, and no schedule for them.", isWarning: true)
        }
        let last =
            backup.lastAt.map { "The last one was made at \(ShownTime($0, in: dates).text)." } ?? "There is none yet."
        let text =
            switch backup.state {
            case .ok: last
            case .late: "Late. \(last)"
            case .failed: "The last attempt failed: \(backup.problem ?? "") \(last)"
            case .none: "There is none yet."
            }
        return Fact(name: "Backups", text: text, isWarning: backup.state != .ok)
    }
}
