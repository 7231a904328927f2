import Basics
import CSQLite
import Glibc

/// An SQLite database as a file: copied beside the processes that use it, or made whole on its own.
package struct SQLiteFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// The version of the library.
    package static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// The write-ahead log, with commits that are not in the file itself yet.
    package var log: String { path + "-wal" }

    /// Removes the file, with what SQLite and our lock have put beside it, as far as it is there.
    package func remove() { for file in [path, log, path + "-shm", path + DatabaseUse.suffix] { unlink(file) } }

    /// True if the library may lose committed pages where one process checkpoints while another one commits: versions up
    /// to 3.51.2, but for two with the correction (sqlite.org/wal.html, "The WAL-Reset Bug").
    package static var libraryNeedsOneProcess: Bool { needsOneProcess(Int(sqlite3_libversion_number())) }

    static func needsOneProcess(_ version: Int) -> Bool {
        version < 3_051_003 && !(3_050_007..<3_051_000).contains(version) && !(3_044_006..<3_045_000).contains(version)
    }

    /// True if the file begins as all databases do.
    var hasHeader: Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let expected = Array("SQLite format 3\0".utf8)
        var header = expected.map { _ in UInt8(0) }
        return read(descriptor, &header, header.count) == header.count && header == expected
    }

    /// A megabyte, of SQLite's usual pages.
    private static let pagesPerStep: Int32 = 256
    /// The number of bytes after which the copy so far is written to the disk. Left to the end, all of it at once would
    /// keep the commits of others waiting.
    private static let bytesPerSync = 4 << 20

    /// Copies one committed state into a new file, which is complete and on the disk when this returns.
    /// - Parameter onStep: receives the bytes copied and those of the whole, first before anything is copied; what it
    ///   throws ends the copy.
    /// - Throws: `StorageError`, `SystemError`; the new file may be there, and is unusable then.
    package func copy(to target: String, onStep: (_ done: Int64, _ total: Int64) throws -> Void) throws {
        let source = try SQLiteConnection(path: path, mode: .reading, busyTimeout: 5000)
        defer { source.close() }
        try source.execute("BEGIN")
        let tables = try source.rows(Dialect.sqlite.tableNames) { $0.text(0) }
        guard tables.contains("schema_migrations") else {
            throw StorageError.unusable("\(path) is not a Latchkey database.")
        }
        let pageSize = try source.row("PRAGMA page_size") { $0.integer(0) } ?? 0
        try onStep(0, Int64(source.size))
        let file = open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError() }
        // Closed last: until then, closing it would take SQLite's locks away.
        defer { close(file) }
        do {
            let copy = try SQLiteConnection(path: target, mode: .readWrite, busyTimeout: 0)
            defer { copy.close() }
            // The file counts only once it is complete, so nothing has to be undone, or be on the disk, before.
            for pragma in ["locking_mode = EXCLUSIVE", "journal_mode = OFF", "synchronous = OFF"] {
                try copy.execute(SQL(trusted: "PRAGMA \(pragma)"))
            }
            var synced: Int64 = 0
            try source.copyPages(to: copy, pagesPerStep: Self.pagesPerStep) { done, total in
                let bytes = Int64(done) * pageSize
                if bytes - synced >= Int64(Self.bytesPerSync) {
                    guard fdatasync(file) == 0 else { throw SystemError() }
                    synced = bytes
                }
                try onStep(bytes, Int64(total) * pageSize)
            }
        }
        try SQLiteFile(path: target).makeSelfContained()
        guard fsync(file) == 0 else { throw SystemError() }
    }

    /// Takes a file out of write-ahead mode, so that it is complete without files beside it, and reading it makes none.
    /// - Throws: `StorageError`, with `StorageTrouble.locked` if another process has the file open.
    package func makeSelfContained() throws {
        let connection = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 0)
        defer { connection.close() }
        try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        let journal = try connection.row("PRAGMA journal_mode = DELETE") { $0.text(0) }
        guard journal == "delete" else {
            throw StorageError.unavailable("\(path) is open in another program.", .locked)
        }
    }
}
