import Basics

/// The file of locks beside an SQLite file, by which its processes know of each other.
///
/// As a whole it tells a restore that no other process uses the database: all that do share it, and a restore holds it
/// alone. Two of its bytes are locks of their own.
package enum DatabaseUse {
    /// Held alone while a process commits (`CommitLock`).
    static let commitByte = 1
    /// Shared by those that serve.
    static let servingByte = 2

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

    /// - Returns: nil on a file system without locks.
    static func bytes(_ path: String) -> ByteLocks? {
        guard let locks = try? ByteLocks(lockFile(of: path)), (try? locks.lock(probeByte, .shared)) == true else {
            return nil
        }
        locks.unlock(probeByte)
        return locks
    }

    /// Locked for a moment, to see whether the file system has locks.
    private static let probeByte = 0

    static let suffix = "-lock"
}
