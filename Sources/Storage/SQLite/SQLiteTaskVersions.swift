import CSQLite
import Domain
import Synchronization

/// Determines without querying the database if a task list is unchanged.
///
/// Every commit to a file in write-ahead mode, by any process, changes the header of the index that all its connections
/// share in memory (the `-shm` file: sqlite.org/walformat.html, section 2.1). A change caused by a commit of our own
/// writer affects only the tasks that it touched; any other may have affected everything.
final class SQLiteTaskVersions: Sendable {
    private struct State {
        /// Nil once the file is no longer watched.
        var index: SharedIndex?
        /// The header last seen by our own writer, or on detecting another process's commit.
        var header: SharedIndex.Header
        /// True while our own writer is between its BEGIN and the report of its COMMIT.
        var isWriting = false
        var era: UInt64 = 0
        /// Change counts of lists, by the hash of their owner. A collision causes unnecessary reads, and nothing worse.
        var counts = [UInt64](repeating: 0, count: 1024)

        mutating func count(_ owner: UserID) { counts[Self.place(of: owner)] &+= 1 }
        static func place(of owner: UserID) -> Int { Int(UInt(bitPattern: owner.hashValue) % 1024) }
    }

    private let state: Mutex<State>

    /// - Parameter connection: in write-ahead mode, and open until `close()`.
    init(_ connection: SQLiteConnection) {
        // SQLite opens the index only with the first read.
        _ = try? connection.row("SELECT count(*) FROM sqlite_schema") { $0.integer(0) }
        let index = connection.sharedIndex
        let header = index?.header
        state = Mutex(State(index: header == nil ? nil : index, header: header ?? .init()))
    }

    /// Nil while a commit is in progress, so that no caller gets an older state than others can see.
    func version(of owner: UserID) -> TasksVersion? {
        state.withLock { state in
            guard let header = state.index?.header else { return nil }
            if header != state.header {
                guard !state.isWriting else { return nil }
                state.header = header
                state.era &+= 1
            }
            return TasksVersion(era: state.era, count: state.counts[State.place(of: owner)])
        }
    }

    /// To be called while the write lock is held, before anything is written.
    func began() {
        state.withLock { state in
            state.isWriting = true
            guard let header = state.index?.header else { return }
            // Another process wrote before us.
            if header != state.header { state.era &+= 1 }
            state.header = header
        }
    }

    /// To be called when the commit is durable, before any caller learns of it.
    /// - Parameter hasWritten: true if there was anything to commit.
    func ended(committed touched: [TouchedTasks], hasWritten: Bool) {
        state.withLock { state in
            state.isWriting = false
            for touched in touched {
                switch touched {
                case .of(let owner): state.count(owner)
                case .nobodys: break
                case .anybodys: state.era &+= 1
                }
            }
            guard let header = state.index?.header else {
                state.era &+= 1
                return
            }
            // The lock is free again: another process may have committed since.
            if header.commits != state.header.commits &+ (hasWritten ? 1 : 0) { state.era &+= 1 }
            state.header = header
        }
    }

    /// To be called when there was no commit, or the outcome is unknown.
    func failed() {
        state.withLock { state in
            state.isWriting = false
            state.era &+= 1
            if let header = state.index?.header { state.header = header }
        }
    }

    /// To be called before the connection is closed, which unmaps the memory.
    func close() { state.withLock { $0.index = nil } }
}

extension SQLiteConnection {
    /// The address of the shared index; nil for a database that has none.
    fileprivate var sharedIndex: SharedIndex? {
        withFile { file in
            // The first region of 32 KiB, as SQLite maps it; it exists, and does not move.
            var start: UnsafeMutableRawPointer?
            guard let map = file.pointee.pMethods?.pointee.xShmMap, map(file, 0, 32 * 1024, 0, &start) == SQLITE_OK
            else { return nil }
            return start.map { SharedIndex($0) }
        }
    }
}
