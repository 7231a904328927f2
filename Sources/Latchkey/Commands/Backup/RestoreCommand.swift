import App
import ArgumentParser
import Basics
import Domain
import Glibc
import Storage

/// Puts a backup in the place of the database of a stopped server.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup in the place of the database, while the server is stopped.",
        discussion: """
            The backup is checked first, brought up to this version, and then takes the place of the database \
            atomically; what was there is kept in before-restore-TIME beside it. Sessions, links that were mailed or \
            handed out, invitations and API tokens end, as some may have been revoked since; passwords, and the keys \
            that sign tokens, are those of the backup.

            For PostgreSQL, restore into a file, and copy that into an empty database:

            latchkey restore FILE --database-url sqlite:./restored.db
            latchkey copy --from sqlite:./restored.db --to postgresql://user:password@host/database
            """)
    @Argument(help: "The backup: a path, or a name that `latchkey backup list` shows.") var file: String
    @Flag(help: "API tokens stay valid, those included that were revoked since the backup.") var keepTokens = false
    @Flag(help: "Restore a backup whose secret is lost.") var acceptNewSecret = false
    @Flag(help: "Don't ask.") var yes = false
    @OptionGroup var place: DataFlags

    func run() async throws {
        umask(0o077)
        try await reportingFailures {
            let sources = try place.sources()
            let place = try Configuration.DataPlace(sources)
            guard case .sqlite(let path) = place.database else {
                throw CommandFailure(
                    """
                    A backup is restored into an SQLite file. For PostgreSQL, restore it into one with \
                    --database-url sqlite:./restored.db, and copy that into an empty database with `latchkey copy`.
                    """)
            }
            let file = BackupFiles.path(file, place.backups)
            guard FileSystem.exists(file) else { throw CommandFailure("There is no file \(file).") }
            // Taken before the questions, so that a server which runs is noticed first.
            let present = FileSystem.exists(path) ? try DatabasePlace(path) : nil
            // The secret is not in the backup, so a new one would never be the right one.
            let secrets = try place.secrets()
            let findings = try await BackupCheck(secrets).run(on: file)
            let restore = try Restore(file, findings, secrets, acceptsNewSecret: acceptNewSecret)
            if present != nil, !yes {
                try Terminal.confirm("Replace \(path) by \(file)?", otherwise: "Nothing was changed.")
            }
            _ = try Configuration(sources, serves: false).makeDataDirectory()
            let target = try present ?? DatabasePlace(path)
            let outcome = try await restore.run(into: target, keepsTokens: keepTokens, by: .commandLine)
            report(outcome, findings, file, path)
        }
    }

    private func report(
        _ outcome: Restore.Outcome, _ findings: BackupFindings, _ file: String, _ path: String
    ) {
        let contents = ["user", "task"].map { UserCommand.count(findings.inspection.counts[$0 + "s"] ?? 0, $0) }
        print("\(path) is now \(file): \(contents.joined(separator: ", ")).")
        if outcome.schema.before != outcome.schema.after {
            print("It was brought from schema \(outcome.schema.before) to \(outcome.schema.after).")
        }
        if let kept = outcome.kept { print("What was there is in \(kept).") }
        let ended = outcome.ended
        let counts = [
            UserCommand.count(ended.sessions, "session"), UserCommand.count(ended.links, "link"),
            UserCommand.count(ended.invitations, "invitation"),
            keepTokens ? nil : UserCommand.count(ended.tokens, "API token"),
        ]
        print("Ended: \(counts.compactMap { $0 }.joined(separator: ", ")). Users have to sign in again.")
        print("If a signing key was revoked since the backup, run `latchkey keys rotate --now` and revoke it again.")
        if findings.secret == .foreign { print("Start the server once with `latchkey serve --accept-new-secret`.") }
    }
}
