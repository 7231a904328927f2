import Auth
import Basics
import Crypto
import Domain
import Storage

/// Puts a backup in the place of an SQLite database that no process uses.
package struct Restore: Sendable {
    package struct Outcome: Sendable {
        package let ended: RestoredDatabase.Ended
        /// The directory that has the files which were replaced; nil if there were none.
        package let kept: String?
        /// The schema versions before and after; equal unless the backup is of an earlier version of the program.
        package let schema: (before: Int64, after: Int64)
    }

    private let file: String
    private let findings: BackupFindings
    private let secrets: Secrets
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - findings: those about the file.
    ///   - acceptsNewSecret: true if the secret of the backup may be lost.
    /// - Throws: `BackupFailure` for a backup that cannot be restored by this program, or with these secrets.
    package init(
        _ file: String, _ findings: BackupFindings, _ secrets: Secrets, acceptsNewSecret: Bool = false,
        now: @escaping @Sendable () -> Timestamp = Clocks.system.now
    ) throws {
        guard findings.inspection.schema <= Migrations.latestVersion else {
            let program = findings.manifest.map { " \($0.version)" } ?? ""
            throw BackupFailure(
                """
                \(file) was made by a newer Latchkey\(program) (schema \(findings.inspection.schema), this one knows \
                \(Migrations.latestVersion)). Restore it with that one.
                """)
        }
        guard findings.secret != .foreign || acceptsNewSecret else {
            throw BackupFailure(
                """
                \(file) was made with another BETTER_AUTH_SECRET, under which its keys and its audit trail are kept. Set \
                that one, or put it into BETTER_AUTH_SECRET_PREVIOUS. If it is lost, restore with --accept-new-secret; \
                then outside services have to fetch new keys, and earlier rows of the audit trail cannot be verified.
                """)
        }
        (self.file, self.findings, self.secrets, self.now) = (file, findings, secrets, now)
    }

    /// The work is done on a copy beside the database, which takes its place at the end, atomically: a failure, or the
    /// end of the process, leaves the database as it is.
    /// - Throws: `BackupFailure`, `StorageError`.
    package func run(
        into place: DatabasePlace, keepsTokens: Bool, by source: AuditEvent.Source,
        onStep: @escaping WorkObserver = { _ in }
    ) async throws -> Outcome {
        let path = place.path
        let draft = path + ".restoring"
        let draftFile = SQLiteFile(path: draft)
        draftFile.remove()
        defer { draftFile.remove() }
        do {
            let size = try FileSystem.size(of: file)
            try FileSystem.copy(file, to: draft) { onStep(WorkStep("copying", $0, of: size, .bytes)) }
            onStep(WorkStep("bringing up to date"))
            let ended = try await settle(draft, keepsTokens: keepsTokens, by: source)
            try draftFile.makeSelfContained()
            try FileSystem.sync(draft)
            let directory = FileSystem.directory(of: path) + "/before-restore-" + BackupName(now()).stamp
            let kept = try place.take(draft, keepingIn: directory)
            return Outcome(
                ended: ended, kept: kept,
                schema: (findings.inspection.schema, Migrations.latestVersion))
        } catch let error as SystemError {
            throw BackupFailure("\(path) cannot be written: \(error). \(error.remedy).")
        }
    }

    private func settle(
        _ draft: String, keepsTokens: Bool, by source: AuditEvent.Source
    ) async throws -> RestoredDatabase.Ended {
        // Migrates the schema of a backup that an earlier version made.
        let database = try DatabaseURL.sqlite(path: draft).open(for: .command)
        defer { database.close() }
        let time = now()
        var event = AuditEvent(.databaseRestored, at: time, by: source)
        if let backup = Backup(path: file) { event.details.append(.init("made_at", backup.name.time.rfc3339)) }
        let chain = AuditChain(
            try AuditSeal(secrets), onBrokenEnd: findings.secret == .foreign ? .recordAndContinue : .refuse)
        return try await RestoredDatabase(database, audit: chain)
            .settle(keepsTokens: keepsTokens, at: time, recording: event)
    }
}
