import Basics
import Glibc

/// The place of an SQLite database while no process uses it: a restored file takes it, and what was there is kept.
package final class DatabasePlace: Sendable {
    package let path: String
    private let lock: FileLock?

    /// - Throws: `StorageError.unavailable` if a server or a command uses the database, or has its file open.
    package init(_ path: String) throws {
        self.path = path
        lock = try DatabaseUse.exclude(path)
        // SQLite deletes the log of a file that is no database; what it holds may be of use.
        guard SQLiteFile(path: path).hasHeader else { return }
        do {
            // Programs without our lock, such as an SQLite shell, keep SQLite from doing this. Afterwards all of the
            // database is in one file, whose place another can take in one step.
            try SQLiteFile(path: path).makeSelfContained()
        } catch StorageError.unavailable(_, .locked) {
            throw StorageError.unavailable("\(path) is open in another program. End that, and start again.", .locked)
        } catch {
            // Damaged files are what backups are for.
        }
    }

    /// Puts a complete file into the place.
    /// - Parameter directory: receives the files that were there; made if there are any.
    /// - Returns: true if there were any.
    package func take(_ file: String, keepingIn directory: String) throws -> Bool {
        let present = ["", "-wal", "-shm", "-journal"].filter { FileSystem.exists(path + $0) }
        if !present.isEmpty {
            try FileSystem.makeDirectory(directory)
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let kept = directory + "/" + name
            // A second name, so that a database is in place at every moment: without one, a server would start afresh.
            if present.contains(""), link(path, kept) != 0 { try FileSystem.rename(path, to: kept) }
            // A log beside the new file would be taken for its own.
            for suffix in present where !suffix.isEmpty { try FileSystem.rename(path + suffix, to: kept + suffix) }
            try FileSystem.sync(directory)
        }
        try FileSystem.rename(file, to: path)
        try FileSystem.sync(FileSystem.directory(of: path))
        return !present.isEmpty
    }
}
