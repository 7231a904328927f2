import App
import Auth
import Basics
import Crypto
import Domain
import Storage

/// The database: that it is whole, of a known schema, belongs to the secret, and is used safely. Nothing is changed.
struct DatabaseChecks {
    let configuration: Configuration
    /// Nil if there are none yet.
    let secrets: Secrets?
    /// True if a server is expected to run.
    let isLive: Bool

    func run(_ report: inout CheckReport) async {
        switch configuration.database {
        case .sqlite(let path): await checkFile(path, &report)
        case .postgres(let server): await checkServer(server, &report)
        }
    }

    // MARK: SQLite

    private func checkFile(_ path: String, _ report: inout CheckReport) async {
        let holders = DatabaseHolders(of: path)
        let isUsed = holders.exist
        checkLibrary(&report)
        guard let size = try? FileSystem.size(of: path), size > 0 else {
            return report.ok("database", "\(path) is not there yet; the start makes it.")
        }
        var inspection: DatabaseInspection?
        let isWhole = await report.attempt("database") {
            let found = try DatabaseInspection(SQLiteFile(path: path))
            inspection = found
            let contents = ["user", "task"].map { UserCommand.count(found.counts[$0 + "s"] ?? 0, $0) }
            return "\(path) is whole: \(contents.joined(separator: ", ")), \(ByteCount.text(size))."
        }
        guard isWhole, let inspection else { return }
        checkSchema(inspection.schema, &report)
        checkSecret(inspection.evidence, &report)
        checkClock(inspection.lastEvent, &report)
        checkLog(path, size: size, &report)
        if isUsed, !isLive {
            report.warn(
                "processes",
                "\(path) is in use\(holders.clause). If that is the server, check it with --live; if it is not, end it first."
            )
        } else if isUsed {
            report.ok("processes", "\(path) is in use\(holders.clause).")
        } else if isLive {
            report.warn("processes", "\(path) is not in use: the server that runs may have other data.")
        }
    }

    private func checkLibrary(_ report: inout CheckReport) {
        let version = SQLiteFile.libraryVersion
        guard SQLiteFile.libraryNeedsOneProcess else { return report.ok("SQLite", version) }
        report.ok(
            "SQLite",
            "\(version). Nothing has to be done as long as Latchkey alone writes: up to 3.51.2, one program that writes while another one empties the log may lose what was written. Servers and commands of Latchkey wait for each other; keep other programs, such as Litestream and sqlite3, from writing while one of them runs."
        )
    }

    private func checkLog(_ path: String, size: Int64, _ report: inout CheckReport) {
        guard let log = try? FileSystem.size(of: path + "-wal"), log > max(64 << 20, size) else { return }
        report.warn(
            "write-ahead log",
            "\(path)-wal has \(ByteCount.text(log)). A program that reads for long keeps it from shrinking: a backup, or a forgotten sqlite3."
        )
    }

    // MARK: PostgreSQL

    private func checkServer(_ server: PostgresServer, _ report: inout CheckReport) async {
        var inspection: PostgresInspection?
        let isReached = await report.attempt("database") {
            let found = try PostgresInspection(server)
            inspection = found
            return "PostgreSQL \(found.serverVersion)"
        }
        guard isReached, let inspection else { return }
        if inspection.release < 13 {
            report.warn("database version", "PostgreSQL \(inspection.release) is older than 13. Update the server.")
        }
        if inspection.isReadOnly {
            report.fail("database rights", "The server is a standby, which takes no writes. Name the primary.")
        } else if inspection.schema ?? 0 < Migrations.latestVersion, !inspection.mayCreateTables {
            report.fail("database rights", "This user may not create tables. Grant it CREATE on the schema.")
        }
        if inspection.maximumConnections < Int64(configuration.poolSize) + 2 {
            report.warn(
                "database connections",
                "The server takes \(inspection.maximumConnections), and \(Settings.poolSize.name) is \(configuration.poolSize). Raise max_connections, or lower the setting."
            )
        }
        if let schema = inspection.schema {
            checkSchema(schema, &report)
        } else {
            report.ok("schema", "none yet; the start makes it.")
        }
        checkSecret(inspection.evidence, &report)
        checkClock(inspection.lastEvent, &report)
    }

    // MARK: Both

    private func checkSchema(_ schema: Int64, _ report: inout CheckReport) {
        do { try Migrations.requireKnown(schema) } catch { return report.fail("schema", "\(error)") }
        let latest = Migrations.latestVersion
        report.ok(
            "schema",
            schema == latest
                ? "\(schema)" : "\(schema); the start brings it to \(latest), and older versions refuse it then.")
    }

    private func checkSecret(_ evidence: SecretEvidence, _ report: inout CheckReport) {
        let name = "secret of the database"
        guard let secrets else {
            if !evidence.isEmpty { report.fail(name, "\(SecretGuard.ForeignSecret())") }
            return
        }
        do {
            switch try SecretGuard.verdict(on: evidence, secrets) {
            case .unknown: report.fail(name, "\(SecretGuard.ForeignSecret())")
            case .current: report.ok(name, "the one that is set")
            case .previous: report.ok(name, "one of \(Settings.previousSecrets.name); the start replaces it.")
            case nil: report.ok(name, "none yet")
            }
        } catch {
            report.fail(name, "\(error)")
        }
    }

    private func checkClock(_ lastEvent: Timestamp?, _ report: inout CheckReport) {
        let now = Timestamp.now()
        guard let lastEvent, lastEvent.seconds > now.seconds + 30 else {
            return report.ok("clock", now.rfc3339)
        }
        report.fail(
            "clock",
            "It is \(now.rfc3339) here, but the database has an event of \(lastEvent.rfc3339). Set the clock right: sessions and links end by it."
        )
    }
}
