import Basics
import Glibc

/// The lock that a process holds alone from the begin of a transaction that writes to the end of its commit, the
/// checkpoint that may follow it included. SQLite up to 3.51.2 may lose pages where one process checkpoints while
/// another one commits (sqlite.org/wal.html, "The WAL-Reset Bug"); its own lock leaves the checkpoint out.
///
/// A connection that is the last to close checkpoints as well, which SQLite does only where no other one is left.
struct CommitLock {
    private let path: String
    /// Nil on a file system without locks, where SQLite's own are left.
    private let locks: ByteLocks?

    init(_ path: String, _ locks: ByteLocks?) { (self.path, self.locks) = (path, locks) }

    /// How long to wait for another process: as long as for SQLite's own lock.
    private static let patience = Duration.seconds(5)
    /// Microseconds between two attempts: a commit takes about a millisecond.
    private static let pause: UInt32 = 300

    /// - Throws: `StorageError.unavailable` if another process holds it for too long; what `work` throws.
    func hold<Value>(_ work: () throws -> Value) throws -> Value {
        guard let locks else { return try work() }
        let end = ContinuousClock.now + Self.patience
        do {
            while try !locks.lock(DatabaseUse.commitByte, .exclusive) {
                guard .now < end else {
                    throw StorageError.unavailable("\(path) is locked by another process.", .locked)
                }
                usleep(Self.pause)
            }
        } catch is SystemError { return try work() }
        defer { locks.unlock(DatabaseUse.commitByte) }
        return try work()
    }
}
