import Basics
import Glibc

/// The directory of the backups, which may contain other files.
package struct BackupFolder: Sendable {
    package let path: String
    /// The beginning of the names of files that are not complete.
    private static let draftPrefix = ".latchkey-"

    package init(_ path: String) { self.path = path }

    /// The newest first; none if there is no such directory.
    /// - Throws: `BackupFailure`.
    package func backups() throws -> [Backup] {
        guard FileSystem.exists(path) else { return [] }
        return try explaining("read") {
            try FileSystem.names(in: path).compactMap(BackupName.init).sorted(by: >).map { Backup($0, in: path) }
        }
    }

    /// The time of the newest backup. One that a wrong clock has dated in the future says nothing about the next.
    /// - Throws: `BackupFailure`.
    func newestTime(until now: Timestamp) throws -> Timestamp? {
        try backups().first { $0.name.time <= now }?.name.time
    }

    /// Makes the directory if it is missing, and keeps others from making or deleting backups in it meanwhile.
    /// - Throws: `BackupFailure`.
    func lock() throws -> FileLock {
        try explaining("written") {
            try FileSystem.makeDirectory(path)
            guard let lock = try FileLock("\(path)/.lock", .exclusive) else { throw Busy() }
            return lock
        }
    }

    /// Another process is making a backup, or deleting some.
    package struct Busy: Error, CustomStringConvertible {
        package let description = "Another backup into the same directory is being made. Try again when it has ended."
    }

    /// A name for a file that is not complete yet.
    func draft(of name: String) -> String { "\(path)/.\(name).partial" }

    /// Removes what backups that were killed have left.
    func removeDrafts() throws {
        for name in try FileSystem.names(in: path) where name.hasPrefix(Self.draftPrefix) { unlink("\(path)/\(name)") }
        // The manifest takes its name first.
        let names = Set(try FileSystem.names(in: path))
        for name in names where name.hasSuffix(".json") {
            guard let backup = BackupName(name.dropLast(".json".count) + ".db"), !names.contains(backup.text) else {
                continue
            }
            unlink("\(path)/\(name)")
        }
    }

    /// Deletes the backups that a retention does not keep.
    /// - Parameters:
    ///   - isTrial: true to delete nothing.
    ///   - onStep: receives the files that are deleted.
    /// - Returns: those that were deleted, the newest first.
    /// - Throws: `BackupFailure`, `Busy`.
    package func prune(
        _ retention: BackupRetention, isTrial: Bool = false, onStep: WorkObserver = { _ in }
    ) throws -> [Backup] {
        guard FileSystem.exists(path) else { return [] }
        let lock = try self.lock()
        return try withExtendedLifetime(lock) {
            let backups = try backups()
            var kept = retention.kept(of: backups.map(\.name.time))
            // The newest that was complete stays, whatever came after it.
            if let newest = backups.first(where: { $0.manifest != nil }) { kept.insert(newest.name.time) }
            let surplus = backups.filter { !kept.contains($0.name.time) }
            if !isTrial {
                try explaining("written") {
                    for (index, backup) in surplus.enumerated() {
                        onStep(WorkStep("deleting", Int64(index), of: Int64(surplus.count), .files))
                        guard unlink(backup.file) == 0 || errno == ENOENT else { throw SystemError() }
                        unlink(backup.manifestFile)
                    }
                }
            }
            return surplus
        }
    }

    private func explaining<Value>(_ verb: String, _ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let error as SystemError {
            throw BackupFailure("The directory for backups, \(path), cannot be \(verb): \(error). \(error.remedy).")
        }
    }
}
