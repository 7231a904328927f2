import Basics
import CSQLite
import Domain
import Glibc

/// One connection to an SQLite file, with its prepared statements. Used by one thread at a time.
final class SQLiteConnection: Connection {
    let dialect = Dialect.sqlite
    private(set) var handle: OpaquePointer?
    private var statements: [String: Statement] = [:]
    /// The words of new tasks that wait for others to be indexed with; nil if none have to.
    var waitingWords: [TaskWords]?
    /// True once the statement that is being compiled has turned out to need the words of tasks.
    private var compilesForWords = false
    private var isOver: () -> Bool = { false }
    /// True if there are announcements that other processes have not received yet.
    var hasAnnounced = false

    /// Bytes that must be free on the disk for `requireRoom` to pass.
    var reserve: Int64 = 0
    /// The result of `requireRoom` in this transaction.
    private var hasRoom: Bool?
    private let path: String

    private final class Statement {
        let pointer: OpaquePointer
        /// True if it reads or changes the words of tasks, itself or by a trigger.
        let needsWords: Bool
        /// True until its last row was read.
        var isRunning = false

        init(_ pointer: OpaquePointer, needsWords: Bool) { (self.pointer, self.needsWords) = (pointer, needsWords) }

        deinit { sqlite3_finalize(pointer) }
    }

    /// The number of statements that are kept prepared. Filters make up many texts.
    private static let maximumStatements = 512

    enum Mode {
        case readWrite
        case readOnly
        /// Like `readOnly`, but the last to close a file in write-ahead mode removes the files beside it, which takes
        /// the right to write. Makes no file.
        case reading
    }

    /// SQLite's memory statistics are kept under one process-wide lock; without them, readers on several threads never
    /// wait for each other.
    private static let keepsNoStatistics = latchkey_sqlite_keeps_no_statistics()

    /// - Parameters:
    ///   - busyTimeout: milliseconds to wait for another program's lock.
    ///   - isURI: true if the path is an SQLite URI, with options.
    /// - Throws: `StorageError`.
    init(path: String, mode: Mode, busyTimeout: Int32, isURI: Bool = false) throws {
        _ = Self.keepsNoStatistics
        self.path = path
        var access =
            switch mode {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            case .reading: SQLITE_OPEN_READWRITE
            }
        if isURI { access |= SQLITE_OPEN_URI }
        // NOMUTEX: connections are used by one thread at a time anyway.
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK else {
            let error = self.error(code, "opening \(path)")
            sqlite3_close_v2(handle)
            throw error
        }
        sqlite3_busy_timeout(handle, busyTimeout)
        if mode == .readWrite { noticeWords() }
        do {
            // Pragmas belong to a connection, not to the file, so each connection sets its own.
            try execute("PRAGMA foreign_keys = ON")
            try execute("PRAGMA synchronous = FULL")
            try execute("PRAGMA temp_store = MEMORY")
            if mode != .readWrite { try execute("PRAGMA query_only = ON") }
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Write-ahead logging, in which readers and the writer don't block each other. This changes the file permanently.
    func useWriteAheadLog() throws {
        let journal = try row("PRAGMA journal_mode = WAL") { $0.text(0) }
        guard journal == "wal" else {
            throw StorageError.unusable("The database cannot be switched to write-ahead logging.")
        }
    }

    /// The size of the file in bytes.
    var size: Int {
        let pages = (try? row("PRAGMA page_count") { $0.integer(0) }) ?? nil
        let pageSize = (try? row("PRAGMA page_size") { $0.integer(0) }) ?? nil
        return Int(pages ?? 0) * Int(pageSize ?? 0)
    }

    /// Reports corruption of the file, if any; reads all of it.
    /// - Parameter isThorough: true to compare indexes with their tables, and rows with those that they refer to.
    func damage(isThorough: Bool = false) throws -> String? {
        guard isThorough else {
            let found = try row("PRAGMA quick_check(1)") { $0.text(0) }
            return found == "ok" ? nil : found
        }
        let found = try row("PRAGMA integrity_check(1)") { $0.text(0) }
        guard found == "ok" else { return found }
        return try row("PRAGMA foreign_key_check") { "a row of \($0.text(0)) refers to one that is not there" }
    }

    /// Interrupts a running statement once the condition holds.
    func interruptsWhen(_ isOver: @escaping () -> Bool) {
        self.isOver = isOver
        sqlite3_progress_handler(
            handle, 100_000,
            { connection in
                guard let connection else { return 0 }
                return Unmanaged<SQLiteConnection>.fromOpaque(connection).takeUnretainedValue().isOver() ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func close() {
        statements = [:]
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// True if no transaction is open. SQLite rolls one back by itself when the disk is full or failing.
    var isOutsideTransaction: Bool { sqlite3_get_autocommit(handle) != 0 }

    func withRows<Value>(
        _ sql: SQL, _ use: (_ next: @escaping () throws -> (any Row)?) throws -> Value
    ) throws -> Value {
        let prepared = try prepare(sql)
        defer { release(prepared) }
        let statement = prepared.pointer
        var isDone = false
        return try use {
            // Stepping a statement after its end would restart it.
            guard !isDone else { return nil }
            switch sqlite3_step(statement) {
            case SQLITE_ROW: return SQLiteRow(statement: statement)
            case SQLITE_DONE:
                isDone = true
                return nil
            case let code: throw self.error(code, sql.text)
            }
        }
    }

    @discardableResult
    func execute(_ sql: SQL) throws -> Int {
        let statement = try prepare(sql)
        defer { release(statement) }
        while true {
            switch sqlite3_step(statement.pointer) {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return Int(sqlite3_changes(handle))
            case let code: throw error(code, sql.text)
            }
        }
    }

    /// A transaction takes the locks once that each statement would take.
    func readTogether<Value>(_ work: () throws -> Value) throws -> Value {
        guard isOutsideTransaction else { return try work() }
        try execute("BEGIN")
        defer { _ = try? execute("ROLLBACK") }
        return try work()
    }

    /// There is one writer, so transactions are serialized anyway.
    func lockUntilCommit(_ key: Int64) {}

    func announce(_ change: Change) { hasAnnounced = true }

    /// The disk is checked once per transaction, however many writes share it.
    func requireRoom() throws {
        guard reserve > 0 else { return }
        if hasRoom == nil { hasRoom = FileSystem.freeBytes(at: path).map { $0 > reserve } ?? true }
        guard hasRoom == true else {
            throw StorageError.unavailable(
                "Less than \(reserve >> 20) MiB are free at \(path), which are kept for sessions and the audit trail.",
                .nearlyFull)
        }
    }

    func forgetRoom() { hasRoom = nil }

    // MARK: Words

    func add(_ words: TaskWords) throws {
        guard let count = waitingWords?.count else { return try TaskWords.insert([words], on: self) }
        waitingWords?.append(words)
        if count + 1 == TaskWords.maximumBatch { try addWaitingWords() }
    }

    func addWaitingWords() throws {
        guard let words = waitingWords, !words.isEmpty else { return }
        waitingWords = []
        do { try TaskWords.insert(words, on: self) } catch {
            waitingWords = words
            throw error
        }
    }

    /// SQLite asks for permission to use each table that a statement needs, also in triggers: so we learn which
    /// statements need the words of tasks. A trigger that is added while this connection is open goes unnoticed by
    /// those that it compiled before.
    private func noticeWords() {
        sqlite3_set_authorizer(
            handle,
            { connection, _, table, _, _, _ in
                guard let connection, let table else { return SQLITE_OK }
                if strcmp(table, "task_words") == 0 || strcmp(table, "task_search") == 0 {
                    Unmanaged<SQLiteConnection>.fromOpaque(connection).takeUnretainedValue().compilesForWords = true
                }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    // MARK: Statements

    private func prepare(_ sql: SQL) throws -> Statement {
        let statement = try statements[sql.text] ?? compile(sql.text)
        if statement.needsWords { try addWaitingWords() }
        statement.isRunning = true
        for (index, value) in sql.values.enumerated() {
            let code = bind(value, to: statement.pointer, at: Int32(index + 1))
            guard code == SQLITE_OK else {
                release(statement)
                throw error(code, sql.text)
            }
        }
        return statement
    }

    private func compile(_ text: String) throws -> Statement {
        guard handle != nil else { throw StorageError.unavailable("The database is closed.") }
        var pointer: OpaquePointer?
        compilesForWords = false
        let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw error(code, text) }
        let statement = Statement(pointer, needsWords: compilesForWords)
        if statements.count >= Self.maximumStatements { statements = statements.filter { $0.value.isRunning } }
        statements[text] = statement
        return statement
    }

    private func release(_ statement: Statement) {
        sqlite3_reset(statement.pointer)
        sqlite3_clear_bindings(statement.pointer)
        statement.isRunning = false
    }

    private func bind(_ value: SQLValue, to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let integer): return sqlite3_bind_int64(statement, index, integer)
        case .bool(let bool): return sqlite3_bind_int64(statement, index, bool ? 1 : 0)
        case .bytes(let bytes):
            let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob(
                    statement, index, $0.baseAddress ?? UnsafeRawPointer(emptyText), Int32($0.count), copy)
            }
        case .text(var text):
            return text.withUTF8 { utf8 in
                // -1 is SQLITE_TRANSIENT, a macro that Swift does not see: SQLite copies the bytes at once.
                let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
                return utf8.withMemoryRebound(to: CChar.self) {
                    // An empty buffer has no address, and SQLite takes a null address for NULL.
                    sqlite3_bind_text(statement, index, $0.baseAddress ?? emptyText, Int32($0.count), copy)
                }
            }
        }
    }

    private let emptyText: UnsafePointer<CChar> = UnsafePointer(
        UnsafeRawPointer(StaticString("").utf8Start).assumingMemoryBound(to: CChar.self))

    func error(_ code: Int32, _ doing: String) -> StorageError {
        let message = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        let text = "SQLite \(code): \(message.map { String(cString: $0) } ?? "unknown") (\(doing.prefix(120)))"
        switch code {
        case ConstraintCode.unique, ConstraintCode.primaryKey: return .uniqueViolation(text)
        case ConstraintCode.foreignKey: return .foreignKeyViolation(text)
        default: break
        }
        let systemError = handle.map { sqlite3_system_errno($0) } ?? 0
        if let trouble = StorageTrouble(sqlite: code, systemError: systemError) { return .unavailable(text, trouble) }
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: return .constraintViolation(text)
        case SQLITE_NOTADB, SQLITE_CORRUPT: return .unusable(text)
        default: return .failed(text)
        }
    }
}

/// SQLite's extended codes: macros of the form `(SQLITE_CONSTRAINT | (8<<8))`, which Swift does not import.
private enum ConstraintCode {
    static let foreignKey: Int32 = SQLITE_CONSTRAINT | 3 << 8
    static let primaryKey: Int32 = SQLITE_CONSTRAINT | 6 << 8
    static let unique: Int32 = SQLITE_CONSTRAINT | 8 << 8
}

private struct SQLiteRow: Row {
    let statement: OpaquePointer

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    func optionalBytes(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
        guard let start = sqlite3_column_text(statement, Int32(column)) else { return nil }
        return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(column))))
    }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, Int32(column)) }
    func bool(_ column: Int) -> Bool { integer(column) != 0 }

    func blob(_ column: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, Int32(column)) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(column)))))
    }
}
