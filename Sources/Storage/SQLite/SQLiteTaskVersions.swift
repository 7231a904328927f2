import CSQLite
import Domain
import Synchronization

/// Knows without asking the database whether a list of tasks is still what it was.
///
/// Every commit to a file in write-ahead mode, of whatever process, changes the header of the index that all its
/// connections share in memory (the `-shm` file: sqlite.org/walformat.html, section 2.1). A change that came with a
/// commit of our own writer belongs to the tasks which that touched; any other may have touched everything.
final class SQLiteTaskVersions: Sendable {
    private struct State {
        /// Nil when the file is not looked at any more.
        var index: SharedIndex?
        /// What our own writer, or a look at somebody else's commit, has seen last.
        var header: SharedIndex.Header
        /// Whether our own writer is between its BEGIN and the report of its COMMIT.
        var isWriting = false
        var era: UInt64 = 0
        /// Changes of lists, by the hash of their owner. Who shares a number with somebody else reads again too often,
        /// and nothing worse.
        var counts = [UInt64](repeating: 0, count: 1024)

        mutating func count(_ owner: UserID) { counts[Self.place(of: owner)] &+= 1 }
        static func place(of owner: UserID) -> Int { Int(UInt(bitPattern: owner.hashValue) % 1024) }
    }

    private let state: Mutex<State>

    /// - Parameter connection: in write-ahead mode, and open until `close()`.
    init(_ connection: SQLiteConnection) {
        // SQLite opens the index with the first read, and not before.
        _ = try? connection.row("SELECT count(*) FROM sqlite_schema") { $0.integer(0) }
        let index = connection.sharedIndex
        let header = index?.header
        state = Mutex(State(index: header == nil ? nil : index, header: header ?? .init()))
    }

    /// Nil while a commit is on its way, so that nobody is told of an older state than others can see.
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

    /// To be called when the write lock is held, before anything is written.
    func began() {
        state.withLock { state in
            state.isWriting = true
            guard let header = state.index?.header else { return }
            // Somebody else wrote before us.
            if header != state.header { state.era &+= 1 }
            state.header = header
        }
    }

    /// To be called when the commit is on disk, before anybody is told.
    /// - Parameter hasWritten: whether there was anything to commit.
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
            // The lock is free again: somebody else may have committed since we did.
            if header.commits != state.header.commits &+ (hasWritten ? 1 : 0) { state.era &+= 1 }
            state.header = header
        }
    }

    /// To be called when there was no commit, or nobody knows.
    func failed() {
        state.withLock { state in
            state.isWriting = false
            state.era &+= 1
            if let header = state.index?.header { state.header = header }
        }
    }

    /// To be called before the connection is closed, with which the memory goes.
    func close() { state.withLock { $0.index = nil } }
}

extension SQLiteConnection {
    /// Where the shared index lies; nil for a database that has none.
    fileprivate var sharedIndex: SharedIndex? {
        withFile { file in
            // The first region of 32 KiB, as SQLite maps it; it is there, and stays where it is.
            var start: UnsafeMutableRawPointer?
            guard let map = file.pointee.pMethods?.pointee.xShmMap, map(file, 0, 32 * 1024, 0, &start) == SQLITE_OK
            else { return nil }
            return start.map { SharedIndex($0) }
        }
    }
}
