import Basics
import Domain
import Glibc
import Metrics
import Synchronization
import Workers

/// One SQLite file: a writer thread with group commit, and a read-only connection for every thread that reads.
///
/// Reads run on the calling thread, which on an event loop avoids a thread switch; in write-ahead mode they never
/// block. Writes queue for the writer, so none ever meets "database is locked" because of another.
package final class SQLiteDatabase: Database {
    private let path: String
    private let readers: ThreadLocal<Reader>
    private let allReaders = Mutex<[Weak]>([])
    private let queue = BlockingQueue<WriteJob>()
    private let writer: WorkerThread
    private let meter: WriterMeter
    private let changeFile: ChangeFile
    private let use: Mutex<FileLock?>
    private let locks: ByteLocks?
    private let watch: Shared<WatchThread>
    private let inspection = Shared<WorkerThread>()
    private let isClosing = Shared<Bool>()
    private let onChange = Shared<@Sendable (Change) -> Void>()
    private let refusedWrite = Shared<RefusedWrite>()
    package var lastRefusedWrite: RefusedWrite? { refusedWrite.value }
    package var freeDiskSpace: Int64? { FileSystem.freeBytes(at: path) }

    /// Opens or creates the file, and migrates its schema.
    /// - Parameters:
    ///   - path: created with mode 0600, as are the `-wal` and `-shm` files beside it.
    ///   - reserve: bytes on the disk that tasks leave free.
    /// - Throws: `StorageError`; a file that is not one of our databases, is damaged, or is newer than this program is
    ///   refused and left unchanged.
    package init(path: String, reserve: Int64 = 0) throws {
        self.path = path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let error = SystemError()
            throw StorageError.unavailable(
                "The database \(path) cannot be opened: \(error). \(error.remedy), or name another with DATABASE_URL.")
        }
        Glibc.close(descriptor)
        use = Mutex(try DatabaseUse.begin(path))
        let locks = DatabaseUse.bytes(path)
        self.locks = locks
        let lock = CommitLock(path, locks)
        let connection = try Self.connection(path, lock)
        connection.reserve = reserve
        readers = try ThreadLocal()
        let (queue, meter) = (self.queue, WriterMeter())
        self.meter = meter
        // Ownership of the connection moves to the writer thread; this thread does not touch it again.
        nonisolated(unsafe) let owned = connection
        let (refusedWrite, onChange) = (self.refusedWrite, self.onChange)
        let (changeFile, watch) = (ChangeFile(besideDatabase: path), Shared<WatchThread>())
        (self.changeFile, self.watch) = (changeFile, watch)
        writer = try WorkerThread {
            // Listeners in this process have already handled its own changes.
            GroupCommit(
                connection: owned, lock: lock, queue: queue, meter: meter,
                onAnnouncement: {
                    if watch.value == nil || locks?.isHeldByOther(DatabaseUse.servingByte) == true {
                        changeFile.touch()
                    }
                },
                onFailure: { error in
                    switch error {
                    case .unavailable(_, let trouble): refusedWrite.value = RefusedWrite(at: .now, trouble: trouble)
                    case .unusable: refusedWrite.value = RefusedWrite(at: .now, trouble: .damaged)
                    case .outcomeUnknown:
                        refusedWrite.value = RefusedWrite(at: .now, trouble: .ioError)
                        onChange.value?(.anything)
                    default: break
                    }
                }
            ).run()
        }
    }

    /// The writing connection, to a checked and migrated file.
    /// - Throws: `StorageError`, as sentences about the file.
    private static func connection(_ path: String, _ lock: CommitLock) throws -> SQLiteConnection {
        let connection = try explaining(path) {
            try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 5000)
        }
        try explaining(path) {
            // A file that is not a database, or is locked, is detected here.
            _ = try connection.row("PRAGMA schema_version") { $0.integer(0) }
            // A small file is cheap to check; a large one is checked while serving (`inspect`).
            if connection.size <= largestCheckedAtStart, let damage = try connection.damage() {
                let reason = damage.split(whereSeparator: \.isNewline).joined(separator: " ")
                throw StorageError.unusable(
                    "\(path) is damaged, and was left as it is: \(reason). Put a backup in its place.")
            }
            // Only now is it certain that the file is ours to change.
            try lock.hold {
                try Migrations.run(on: connection)
                try connection.useWriteAheadLog()
            }
            // A backup keeps the log growing while it lasts; afterwards the file shrinks to this at its next restart.
            try connection.execute("PRAGMA journal_size_limit = 67108864")
        }
        return connection
    }

    private static func explaining<Value>(
        _ path: String, _ work: () throws -> Value
    ) throws -> Value {
        do { return try work() } catch let error as StorageError {
            let text = error.description
            // Complete sentences already name the file, or it is clear from the context.
            guard text.hasPrefix("SQLite ") else {
                if text.contains(path) { throw error }
                throw StorageError.unusable("\(path): \(text)")
            }
            throw StorageError.unusable(SQLiteProblem.sentence(about: path, text))
        }
    }

    package func read<Value: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> Value) async throws
        -> Value
    {
        let reader = try readers.value {
            let reader = Reader(try SQLiteConnection(path: path, mode: .readOnly, busyTimeout: 250))
            allReaders.withLock { readers in
                readers.removeAll { $0.reader == nil }
                readers.append(Weak(reader: reader))
            }
            return reader
        }
        return try work(reader.connection)
    }

    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let job = WriteJob(
                perform: { connection in
                    let outcome = Result { try work(connection) }
                    return WriteJob.Performed(failure: outcome.failure) { commitError in
                        if let commitError, outcome.failure == nil {
                            continuation.resume(throwing: commitError)
                        } else {
                            continuation.resume(with: outcome)
                        }
                    }
                },
                refuse: { continuation.resume(throwing: $0) })
            if queue.push(job) != .accepted {
                continuation.resume(throwing: StorageError.unavailable("The database is closed."))
            }
        }
    }

    package var isShared: Bool { false }
    package var hasOtherServer: Bool { locks?.isHeldByOther(DatabaseUse.servingByte) == true }

    package var metrics: [MetricFamily] {
        [
            .gauge("latchkey_database_queue_length", "Operations that wait to begin.", Double(queue.count))
        ] + meter.metrics + [
            .gauge(
                "latchkey_database_readers", "Connections that read, one for each thread that does.",
                Double(allReaders.withLock { readers in readers.count { $0.reader != nil } })),
            .gauge("latchkey_sqlite_database_bytes", "Size of the database's file.", try? FileSystem.size(of: path)),
            // Without a log there is none that could grow.
            .gauge(
                "latchkey_sqlite_wal_bytes", "Size of the write-ahead log's file.",
                (try? FileSystem.size(of: path + "-wal")) ?? 0),
            .gauge("latchkey_database_disk_free_bytes", "Free space on the database's disk.", freeDiskSpace),
        ]
    }

    package func listen(_ onChange: @escaping @Sendable (Change) -> Void) throws {
        self.onChange.value = onChange
        // Servers share the byte, so this succeeds wherever there are locks.
        _ = try? locks?.lock(DatabaseUse.servingByte, .shared)
        watch.value = try changeFile.watch { onChange(.anything) }
    }

    private static let largestCheckedAtStart = 4 << 20

    package func inspect(_ onDamage: @escaping @Sendable (String) -> Void) {
        let (path, isClosing) = (path, isClosing)
        // Runs at the lowest priority, and ends on shutdown.
        inspection.value = try? WorkerThread(niceness: 19) {
            guard let connection = try? SQLiteConnection(path: path, mode: .readOnly, busyTimeout: 250) else { return }
            defer { connection.close() }
            connection.interruptsWhen { isClosing.value == true }
            do {
                if let damage = try connection.damage() { onDamage(damage) }
            } catch StorageError.unusable(let text) { onDamage(text) } catch {}
        }
    }

    /// Commits waiting writes and closes the file. Reads in progress must have ended.
    package func close() {
        // The last connection to close checkpoints the log, which a reader could not.
        allReaders.withLock { readers in
            for reader in readers { reader.reader?.connection.close() }
            readers = []
        }
        watch.value?.stop()
        isClosing.value = true
        inspection.value?.join()
        queue.close()
        writer.join()
        locks?.unlock(DatabaseUse.servingByte)
        use.withLock { $0 = nil }
    }

    private final class Reader: Sendable {
        // Safe: a reader is only reached through its own thread's slot, or by close() when no thread reads any more.
        nonisolated(unsafe) let connection: SQLiteConnection
        init(_ connection: SQLiteConnection) { self.connection = connection }
    }

    private struct Weak: Sendable {
        weak let reader: Reader?
    }
}

/// A value that is set once, by one thread, and read by others.
private final class Shared<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)
    var value: Value? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}
