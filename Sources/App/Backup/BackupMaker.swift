import Basics
import Crypto
import Glibc
import Storage
import Workers

/// Makes backups of a database, beside the servers that use it: a copy of one committed state, which is read back and
/// checked before it gets its name.
package struct BackupMaker: Sendable {
    private let source: DatabaseURL
    private let folder: BackupFolder
    private let version: String
    private let reserve: Int64
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - version: the program's, for the manifest.
    ///   - reserve: bytes on the disk that a backup leaves free.
    package init(
        of source: DatabaseURL, in folder: BackupFolder, version: String, reserve: Int64,
        now: @escaping @Sendable () -> Timestamp = Clocks.system.now
    ) {
        (self.source, self.folder, self.version, self.reserve, self.now) = (source, folder, version, reserve, now)
    }

    /// Makes a backup in the directory.
    /// - Throws: `BackupFailure`, `BackupFolder.Busy`, `StorageError` or `CancellationError`; then there is none.
    package func make(
        cancellation: Cancellation = Cancellation(), onStep: @escaping WorkObserver = { _ in }
    ) async throws -> (backup: Backup, manifest: BackupManifest) {
        try await withDraft(cancellation, onStep) { name, draft, manifest in
            let backup = Backup(name, in: folder.path)
            let manifestDraft = folder.draft(of: name.manifest)
            try FileSystem.write(manifest.json, to: manifestDraft)
            // The database comes last: where it is, its manifest is as well.
            try FileSystem.rename(manifestDraft, to: backup.manifestFile)
            try FileSystem.rename(draft, to: backup.file)
            try FileSystem.sync(folder.path)
            return (backup, manifest)
        }
    }

    /// Makes a backup and writes it to a file or pipe; nothing of it stays in the directory.
    /// - Throws: as `make`, `SystemError`.
    package func write(
        to descriptor: Int32, cancellation: Cancellation = Cancellation(),
        onStep: @escaping WorkObserver = { _ in }
    ) async throws -> BackupManifest {
        try await withDraft(cancellation, onStep) { _, draft, manifest in
            try FileSystem.copy(draft, to: descriptor) {
                onStep(WorkStep("writing", $0, of: manifest.bytes, .bytes))
            }
            return manifest
        }
    }

    /// Runs `use` with a complete and checked copy, which is removed afterwards unless it has another name by then.
    private func withDraft<Value: Sendable>(
        _ cancellation: Cancellation, _ onStep: @escaping WorkObserver,
        _ use: @escaping @Sendable (_ name: BackupName, _ draft: String, BackupManifest) throws -> Value
    ) async throws -> Value {
        let lock = try await WorkerThread.run {
            let lock = try folder.lock()
            try folder.removeDrafts()
            return lock
        }
        defer { withExtendedLifetime(lock) {} }
        let name = try await freeName()
        let draft = folder.draft(of: name.text)
        defer { SQLiteFile(path: draft).remove() }
        do {
            try await copy(to: draft, cancellation, onStep)
            let manifest = try await WorkerThread.run(niceness: 19) {
                onStep(WorkStep("checking"))
                let inspection = try DatabaseInspection(SQLiteFile(path: draft)) {
                    onStep(WorkStep("checking"))
                    return cancellation.isRequested
                }
                return BackupManifest(
                    version: version, database: source.kind, createdAt: name.time,
                    bytes: try FileSystem.size(of: draft),
                    sha256: try SHA256.hash(ofFile: draft, cancellation, onStep: onStep), inspection)
            }
            return try await WorkerThread.run { try use(name, draft, manifest) }
        } catch StorageError.unavailable(_, .full) {
            throw BackupFailure(
                "The backup in \(folder.path) cannot be written: \(SystemError(ENOSPC)). Make room on it.")
        } catch let error as SystemError {
            throw BackupFailure("The backup in \(folder.path) cannot be written: \(error). \(error.remedy).")
        }
    }

    /// Two backups of one second would have one name.
    private func freeName() async throws -> BackupName {
        while true {
            let name = BackupName(now())
            if !FileSystem.exists(Backup(name, in: folder.path).file) { return name }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func copy(
        to draft: String, _ cancellation: Cancellation, _ onStep: @escaping WorkObserver
    ) async throws {
        switch source {
        case .sqlite(let path):
            // Others wait for no lock, but the log of the database grows until this has ended: it has no time to lose.
            try await WorkerThread.run {
                try SQLiteFile(path: path).copy(to: draft) { done, total in
                    if done == 0 { try requireRoom(for: total) }
                    try cancellation.check()
                    onStep(WorkStep("copying", done, of: total, .bytes))
                }
            }
        case .postgres:
            let target = try DatabaseURL.sqlite(path: draft).open(for: .command)
            do {
                defer { target.close() }
                let copy = DatabaseCopy(
                    from: source, hash: { try SHA256.hash($0) },
                    onStep: { step in
                        try cancellation.check()
                        // How much there will be is not known; what there is will be written from the log to the file.
                        try requireRoom(for: (try? FileSystem.size(of: SQLiteFile(path: draft).log)) ?? 0)
                        onStep(step)
                    })
                _ = try await copy.run(into: target)
            }
            try SQLiteFile(path: draft).makeSelfContained()
            try FileSystem.sync(draft)
        }
    }

    private func requireRoom(for bytes: Int64) throws {
        guard let free = FileSystem.freeBytes(at: folder.path) else { return }
        // A fifth more for what else is written meanwhile.
        let needed = bytes + bytes / 5 + reserve
        guard free >= needed else {
            throw BackupFailure(
                """
                The disk of \(folder.path) has \(free >> 20) MiB free, and a backup needs \(needed >> 20) MiB with what \
                is kept free. Make room, or name another directory with BACKUP_DIR.
                """)
        }
    }
}

extension DatabaseURL {
    /// The kind of the database, for the manifest.
    fileprivate var kind: String {
        switch self {
        case .sqlite: "sqlite"
        case .postgres: "postgresql"
        }
    }
}

extension SHA256 {
    /// The digest of a file in lower-case hexadecimal.
    static func hash(
        ofFile path: String, _ cancellation: Cancellation = Cancellation(), onStep: WorkObserver
    ) throws -> String {
        let hasher = try SHA256Hasher()
        let size = try FileSystem.size(of: path)
        var done: Int64 = 0
        try FileSystem.read(path) { part in
            try cancellation.check()
            try hasher.update(part)
            done += Int64(part.count)
            onStep(WorkStep("hashing", done, of: size, .bytes))
        }
        return try hasher.hexadecimalHash()
    }
}
