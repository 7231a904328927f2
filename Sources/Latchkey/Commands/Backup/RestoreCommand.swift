import App
import ArgumentParser
import Basics
import Domain
import Glibc
import JSON
import Storage

/// Puts a backup in the place of the database of a stopped server.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Replace the database with a backup, while the server is stopped.",
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
    @OptionGroup var shown: ProgressFlags
    @OptionGroup var place: DataFlags

    func run() async throws {
        umask(0o077)
        try await shown.withProgress { progress in
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
            let findings = try await BackupCheck(secrets).run(on: file, onStep: progress.show)
            let restore = try Restore(file, findings, secrets, acceptsNewSecret: acceptNewSecret)
            if present != nil, !yes {
                progress.end()
                try Terminal.confirm("Replace \(path) by \(file)?", otherwise: "Nothing was changed.")
            }
            _ = try Configuration(sources, serves: false).makeDataDirectory()
            let target = try present ?? DatabasePlace(path)
            let outcome = try await restore.run(
                into: target, keepsTokens: keepTokens, by: .commandLine, onStep: progress.show)
            progress.finish(sentences(outcome, findings, file, path)) { json in
                json.member("database", path)
                json.member("backup", file)
                json.member("kept", outcome.kept)
                json.member("users", Int64(findings.inspection.counts["users"] ?? 0))
                json.member("tasks", Int64(findings.inspection.counts["tasks"] ?? 0))
                json.member("schema_before", outcome.schema.before)
                json.member("schema_after", outcome.schema.after)
                json.member("sessions_ended", Int64(outcome.ended.sessions))
                json.member("links_ended", Int64(outcome.ended.links))
                json.member("invitations_ended", Int64(outcome.ended.invitations))
                json.member("tokens_ended", Int64(outcome.ended.tokens))
                json.member("needs_new_secret", findings.secret == .foreign)
            }
        }
    }

    private func sentences(
        _ outcome: Restore.Outcome, _ findings: BackupFindings, _ file: String, _ path: String
    ) -> [String] {
        let contents = ["user", "task"].map { UserCommand.count(findings.inspection.counts[$0 + "s"] ?? 0, $0) }
        var sentences = ["\(path) is now \(file): \(contents.joined(separator: ", "))."]
        if outcome.schema.before != outcome.schema.after {
            sentences.append("It was brought from schema \(outcome.schema.before) to \(outcome.schema.after).")
        }
        if let kept = outcome.kept { sentences.append("What was there is in \(kept).") }
        let ended = outcome.ended
        let counts = [
            UserCommand.count(ended.sessions, "session"), UserCommand.count(ended.links, "link"),
            UserCommand.count(ended.invitations, "invitation"),
            keepTokens ? nil : UserCommand.count(ended.tokens, "API token"),
        ]
        sentences.append("Ended: \(counts.compactMap { $0 }.joined(separator: ", ")). Users have to sign in again.")
        sentences.append(
            "If a signing key was revoked since the backup, run `latchkey keys rotate --now` and revoke it again.")
        if findings.secret == .foreign {
            sentences.append("Start the server once with `latchkey serve --accept-new-secret`.")
        }
        return sentences
    }
}
