import Basics

/// The lock beside an SQLite file by which a restore knows that no other process uses it: all that do share it, and a
/// restore holds it alone. It is about whole processes; transactions have SQLite's own locks.
package enum DatabaseUse {
    /// The file that the lock is held on.
    package static func lockFile(of path: String) -> String { path + suffix }

    /// - Returns: nil on a file system without locks, where SQLite's own are left.
    /// - Throws: `StorageError.unavailable` while the file is being restored.
    static func begin(_ path: String) throws -> FileLock? {
        do {
            if let lock = try FileLock(path + suffix, .shared) { return lock }
        } catch { return nil }
        throw StorageError.unavailable("\(path) is being restored from a backup. Start again when that has ended.")
    }

    /// - Returns: nil on a file system without locks.
    /// - Throws: `StorageError.unavailable` if another process uses the file.
    static func exclude(_ path: String) throws -> FileLock? {
        do {
            if let lock = try FileLock(path + suffix, .exclusive) { return lock }
        } catch { return nil }
        throw StorageError.unavailable(
            "\(path) is in use by a running server or another command. Stop that, and start again.", .locked)
    }

    static let suffix = "-lock"
}
