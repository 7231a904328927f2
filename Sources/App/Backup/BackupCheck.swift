import Auth
import Basics
import Crypto
import Storage
import Workers

/// Checks that a backup would restore: that it is the file which was made, is whole, and belongs to a secret.
package struct BackupCheck: Sendable {
    private let secrets: Secrets?

    /// - Parameter secrets: nil to leave them out of the check.
    package init(_ secrets: Secrets?) { self.secrets = secrets }

    /// Reads all of the file.
    /// - Throws: `BackupFailure` or `StorageError` for an unusable backup.
    package func run(on file: String, onStep: @escaping WorkObserver = { _ in }) async throws -> BackupFindings {
        try await WorkerThread.run { try check(file, onStep) }
    }

    private func check(_ file: String, _ onStep: @escaping WorkObserver) throws -> BackupFindings {
        let backup = Backup(path: file)
        let manifest = backup?.manifest
        if let backup, manifest == nil, FileSystem.exists(backup.manifestFile) {
            throw BackupFailure("\(backup.manifestFile) is not a description of a backup that this version reads.")
        }
        if let manifest {
            let size: Int64
            do { size = try FileSystem.size(of: file) } catch {
                throw BackupFailure("\(file) cannot be read: \(error).")
            }
            guard try size == manifest.bytes && SHA256.hash(ofFile: file, onStep: onStep) == manifest.sha256 else {
                throw BackupFailure("\(file) is not as it was made: its checksum differs from the one beside it.")
            }
        }
        onStep(WorkStep("checking"))
        let inspection = try DatabaseInspection(SQLiteFile(path: file)) {
            onStep(WorkStep("checking"))
            return false
        }
        // A newer version may have counted tables that are unknown here; that it is newer is said where it matters.
        let isComparable = inspection.schema <= Migrations.latestVersion
        if let manifest,
            inspection.schema != manifest.schema || (isComparable && inspection.counts != manifest.counts)
        {
            throw BackupFailure("\(file) has other contents than its description, \(backup?.manifestFile ?? "").")
        }
        guard let secrets else {
            return BackupFindings(inspection: inspection, manifest: manifest, secret: .unknown, openedKeys: 0)
        }
        let sealed = SealedKeys(secrets)
        let opened = try inspection.evidence.sealedKeys.count(where: sealed.canOpen)
        let verdict: BackupFindings.SecretVerdict =
            switch try SecretGuard.verdict(on: inspection.evidence, secrets) {
            case .current, .previous: .known
            case .unknown: .foreign
            case nil: .unknown
            }
        return BackupFindings(inspection: inspection, manifest: manifest, secret: verdict, openedKeys: opened)
    }
}
