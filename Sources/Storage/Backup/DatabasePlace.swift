import Basics
import Glibc

/// The place of an SQLite database while no process uses it: a restored file takes it, and the former files are kept.
package final class DatabasePlace: Sendable {
    package let path: String
    private let lock: FileLock?

    /// - Throws: `StorageError.unavailable` if a server or a command uses the database, or has its file open.
    package init(_ path: String) throws {
        self.path = path
        lock = try DatabaseUse.exclude(path)
        // SQLite deletes the log of a file that is not a database; its contents may be needed.
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
    ///
    /// A database is in place at every moment, as a server would start afresh without one: what was there gets a second
    /// name, and the new file replaces the first in one step.
    /// - Parameter directory: receives the files that were there; made if there are any. If it exists, as after another
    ///   restore in the same second, one with a number at the end does.
    /// - Returns: the directory that has them; nil if there were none.
    package func take(_ file: String, keepingIn directory: String) throws -> String? {
        let present = ["", "-wal", "-shm", "-journal"].filter { FileSystem.exists(path + $0) }
        guard !present.isEmpty else {
            try put(file)
            return nil
        }
        let kept = try Self.makeDirectory(directory)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        // Before any of them loses its first name, so that a file and its log are together at every moment.
        for suffix in present where link(path + suffix, kept + "/" + name + suffix) != 0 {
            // A file system without second names.
            try FileSystem.rename(path + suffix, to: kept + "/" + name + suffix)
        }
        try FileSystem.sync(kept)
        // A log beside the new file would be taken for its own.
        for suffix in present where !suffix.isEmpty { unlink(path + suffix) }
        try put(file)
        return kept
    }

    private func put(_ file: String) throws {
        try FileSystem.rename(file, to: path)
        try FileSystem.sync(FileSystem.directory(of: path))
    }

    /// Makes a new directory: files kept by one restore must not replace those of another.
    private static func makeDirectory(_ wanted: String) throws -> String {
        try FileSystem.makeDirectory(FileSystem.directory(of: wanted))
        var (path, number) = (wanted, 1)
        while mkdir(path, 0o700) != 0 {
            guard errno == EEXIST else { throw SystemError() }
            number += 1
            path = "\(wanted)-\(number)"
        }
        return path
    }
}
