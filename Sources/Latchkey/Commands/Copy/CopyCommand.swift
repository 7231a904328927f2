import ArgumentParser
import Basics
import Crypto
import Glibc
import JSON
import Storage

/// Moves an installation between SQLite and PostgreSQL, or makes a copy of one.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copy a whole database into another, empty one.",
        discussion: """
            Users, sessions, keys and tasks, in one transaction. All sessions go on: start the new \
            server with the same BETTER_AUTH_SECRET. The source is only read, and sees no change that comes \
            meanwhile; stop its server first if none may be missed. After a failure, start over.

            latchkey copy --from sqlite:data/latchkey.db --to postgresql://user:password@host/database
            """)

    @Option(help: "Where to read: sqlite:… or postgresql://…") var from: String
    @Option(help: "Where to write: sqlite:… or postgresql://…; empty, or not there yet.") var to: String
    @OptionGroup var shown: ProgressFlags

    func run() async throws {
        umask(0o077)
        try await shown.withProgress { progress in
            let source = try Self.url(from, "--from")
            let target = try Self.url(to, "--to")
            guard source != target else { throw CommandFailure("--from and --to are the same database.") }
            let copy = DatabaseCopy(
                from: source, hash: { try SHA256.hash($0) }, onStep: progress.show)
            let database = try target.open(for: .command)
            defer { database.close() }
            let reports = try await copy.run(into: database)
            let width = reports.map(\.table.count).max() ?? 0
            let lines = reports.map { report in
                let name = report.table.padded(to: width)
                let count = String(repeating: " ", count: max(0, 10 - String(report.rows).count)) + String(report.rows)
                return "\(name) \(count)  sha256 \(Hexadecimal.encode(report.checksum.prefix(8)))…  equal on both sides"
            }
            let end = "Copied. Start the new server with the same BETTER_AUTH_SECRET, and all sessions go on."
            progress.finish(lines + [end]) { json in
                json.name("tables")
                json.array { json in
                    for report in reports {
                        json.object {
                            $0.member("table", report.table)
                            $0.member("rows", Int64(report.rows))
                            $0.member("sha256", Hexadecimal.encode(report.checksum))
                        }
                    }
                }
            }
        }
    }

    private static func url(_ text: String, _ flag: String) throws -> DatabaseURL {
        do throws(DatabaseURLError) { return try DatabaseURL(text) } catch {
            throw CommandFailure("\(flag): \(error.description)")
        }
    }
}
