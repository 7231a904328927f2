import CPostgres
import Domain
import Glibc

/// One connection to a PostgreSQL server, with its prepared statements. Used by one thread at a time.
///
/// All waits are bounded: every call has until `deadline`, and a connection that has not answered by then is discarded,
/// as its next answer could belong to an earlier request.
final class PostgresConnection: Connection {
    /// The last error's meaning for a retry.
    enum Condition {
        case sound
        /// The server rolled the transaction back because of another one; a retry may succeed.
        case collided
        /// A pooler switched to a server connection without our prepared statements.
        case statementsLost
        /// The connection is lost, or can't be trusted any more.
        case lost
    }

    let dialect = Dialect.postgres
    var condition = Condition.sound
    /// The time at which any operation is given up.
    var deadline: ContinuousClock.Instant
    /// The time of the server's last answer.
    private(set) var lastHeard = ContinuousClock.now
    let handle: OpaquePointer
    let server: PostgresServer
    private(set) var isConnecting = true
    private let preparesStatements: Bool
    private var prepared: [String: String] = [:]
    private var announcements: [Change] = []
    private var isClosed = false

    /// Connects.
    /// - Throws: `StorageError.unavailable`, with libpq's own words, which contain no password.
    init(
        to server: PostgresServer, preparesStatements: Bool, deadline: ContinuousClock.Instant
    ) throws {
        try PostgresLibrary.load()
        let opened = CStrings.with(server.parameters.map(\.keyword)) { keywords in
            CStrings.with(server.parameters.map(\.value)) { values in
                latchkey_PQconnectStartParams(keywords, values, 1)
            }
        }
        guard let opened else { throw StorageError.unavailable("PostgreSQL: libpq is out of memory.") }
        handle = opened
        self.server = server
        self.preparesStatements = preparesStatements
        self.deadline = deadline
        // Before there is a connection, a server's error code is available only in the message text.
        _ = latchkey_PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        // If this throws, deinit releases the connection.
        try finishConnecting()
        _ = latchkey_PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        isConnecting = false
        // Server notices are meant for interactive users.
        _ = latchkey_PQsetNoticeProcessor(handle, { _, _ in }, nil)
    }

    /// Connects for separate work that may take longer and rarely repeats statements.
    convenience init(to server: PostgresServer, for limit: Duration) throws {
        try server.check()
        try self.init(to: server, preparesStatements: false, deadline: .now + .seconds(10))
        deadline = .now + limit
    }

    deinit {
        if !isClosed { latchkey_PQfinish(handle) }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        condition = .lost
        latchkey_PQfinish(handle)
    }

    private func finishConnecting() throws {
        guard latchkey_PQstatus(handle) != CONNECTION_BAD else { throw lost() }
        var wanted = PGRES_POLLING_WRITING
        while true {
            switch wanted {
            case PGRES_POLLING_OK:
                guard latchkey_PQsetnonblocking(handle, 1) == 0 else { throw lost() }
                return
            case PGRES_POLLING_READING: try wait(for: POLLIN)
            case PGRES_POLLING_WRITING: try wait(for: POLLOUT)
            default: throw lost()
            }
            wanted = latchkey_PQconnectPoll(handle)
        }
    }

    /// Returns true if the server answers within the limit; resets the deadline.
    func answers(within limit: Duration) -> Bool {
        deadline = .now + limit
        do { return try runText("SELECT 1") == "SELECT 1" } catch { return false }
    }

    // MARK: Statements

    func withRows<Value>(
        _ sql: SQL, _ use: (_ next: @escaping () throws -> (any Row)?) throws -> Value
    ) throws -> Value {
        let result = try run(sql)
        defer { latchkey_PQclear(result) }
        let count = latchkey_PQntuples(result)
        var number: Int32 = 0
        return try use {
            guard number < count else { return nil }
            defer { number += 1 }
            return PostgresRow(result: result, row: number)
        }
    }

    @discardableResult
    func execute(_ sql: SQL) throws -> Int {
        let result = try run(sql)
        defer { latchkey_PQclear(result) }
        return Int(digits: String(cString: latchkey_PQcmdTuples(result))) ?? 0
    }

    func lockUntilCommit(_ key: Int64) throws {
        // Such a lock holds for a whole database, and a schema of it may be another installation's.
        _ = try rows(
            """
            SELECT pg_advisory_xact_lock(\(key) # COALESCE((
                SELECT oid::BIGINT << 8 FROM pg_namespace WHERE nspname = current_schema() AND nspname <> 'public'), 0))
            """
        ) { _ in }
    }

    func announce(_ change: Change) { announcements.append(change) }

    /// Sends the announcements to all listeners. Not part of the transaction: not every server that speaks PostgreSQL's
    /// protocol supports notifications, and processes that receive none read again soon in any case.
    func sendAnnouncements() {
        for change in announcements where condition == .sound {
            _ = try? rows("SELECT pg_notify(\(PostgresListener.channel), \(change.text))") { _ in }
        }
        announcements = []
    }

    // MARK: Transactions

    /// Begins a transaction whose statements the server also ends at the deadline. One round trip.
    func begin() throws {
        let limit = max(1, milliseconds(until: deadline))
        // Each statement sees everything committed before it, whatever the server's default: after waiting for a lock,
        // a transaction must see the changes of the one before. Lock waits time out slightly earlier than the rest, so that
        // they can be told apart.
        try runText(
            """
            BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = \(limit); \
            SET LOCAL lock_timeout = \(max(1, limit - limit / 10))
            """)
    }

    /// - Throws: the error that prevented the commit; `StorageError.outcomeUnknown` if the connection was lost before
    ///   the server answered.
    func commit() throws {
        let tag: String
        do { tag = try runText("COMMIT") } catch let error as StorageError where condition == .lost {
            throw StorageError.outcomeUnknown("The connection was lost while committing. \(error)")
        }
        // A transaction in which a statement failed answers COMMIT with ROLLBACK.
        guard tag == "COMMIT" else { throw StorageError.failed("PostgreSQL rolled the transaction back.") }
    }

    /// Rolls the transaction back, or discards the connection if that fails.
    func rollBack() {
        announcements = []
        guard condition != .lost, latchkey_PQtransactionStatus(handle) != PQTRANS_IDLE else { return }
        do { try runText("ROLLBACK") } catch { condition = .lost }
    }

    /// Runs text without values, possibly several statements.
    /// - Returns: the last one's command tag.
    @discardableResult
    func runText(_ text: String) throws -> String {
        guard latchkey_PQsendQuery(handle, text) == 1 else { throw lost() }
        let result = try answer(to: text)
        defer { latchkey_PQclear(result) }
        return String(cString: latchkey_PQcmdStatus(result))
    }

    /// To be called before a retry.
    func forgetCollision() {
        if condition == .collided { condition = .sound }
    }

    // MARK: Notifications

    var socket: Int32 { latchkey_PQsocket(handle) }

    /// False behind a pooler, which gives its clients process IDs of its own: of different statements, each may be run
    /// in a different session of the server, which other clients use next.
    func hasOwnSession() throws -> Bool {
        try row("SELECT pg_backend_pid()") { $0.integer(0) } == Int64(latchkey_PQbackendPID(handle))
    }

    /// The notifications received since the last call, without waiting.
    func notifications() throws -> [String] {
        guard latchkey_PQconsumeInput(handle) == 1 else { throw lost() }
        var payloads: [String] = []
        while let notification = latchkey_PQnotifies(handle) {
            payloads.append(String(cString: notification.pointee.extra))
            latchkey_PQfreemem(notification)
        }
        return payloads
    }

    // MARK: The wire

    private func run(_ sql: SQL) throws -> OpaquePointer {
        guard condition == .sound else { throw StorageError.unavailable("PostgreSQL: the connection is not usable.") }
        let values = try PostgresValues(sql.values)
        if preparesStatements {
            let name = try prepared[sql.text] ?? prepare(sql.text, types: values.types)
            let isSent = values.withPointers { pointers in
                latchkey_PQsendQueryPrepared(handle, name, Int32(values.count), pointers, nil, nil, 0)
            }
            guard isSent == 1 else { throw lost() }
        } else {
            let isSent = values.withPointers { pointers in
                latchkey_PQsendQueryParams(
                    handle, sql.text, Int32(values.count), values.types, pointers, nil, nil, 0)
            }
            guard isSent == 1 else { throw lost() }
        }
        return try answer(to: sql.text)
    }

    private func prepare(_ text: String, types: [Oid]) throws -> String {
        // A name derived from the text: if a pooler shares a server connection between several clients, equal names at
        // least mean equal statements.
        let name = "latchkey_" + String(FNV.hash(text.utf8), radix: 16)
        guard latchkey_PQsendPrepare(handle, name, text, Int32(types.count), types) == 1 else { throw lost() }
        latchkey_PQclear(try answer(to: text))
        prepared[text] = name
        return name
    }

    /// Reads the server's complete answer to the request and returns the last result.
    private func answer(to text: String) throws -> OpaquePointer {
        while true {
            switch latchkey_PQflush(handle) {
            case 0: break
            case 1:
                // The server may be blocked until we read its output.
                try wait(for: POLLIN | POLLOUT)
                guard latchkey_PQconsumeInput(handle) == 1 else { throw lost() }
                continue
            default: throw lost()
            }
            break
        }
        var last: OpaquePointer?
        var failure: StorageError?
        while true {
            while latchkey_PQisBusy(handle) == 1 {
                do { try wait(for: POLLIN) } catch {
                    clearIfAny(last)
                    throw error
                }
                guard latchkey_PQconsumeInput(handle) == 1 else {
                    clearIfAny(last)
                    throw lost()
                }
            }
            guard let result = latchkey_PQgetResult(handle) else { break }
            clearIfAny(last)
            last = result
            switch latchkey_PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK: break
            default: failure = failure ?? error(result, text)
            }
        }
        if let failure {
            clearIfAny(last)
            throw failure
        }
        guard let last else { throw lost() }
        lastHeard = .now
        return last
    }

    private func wait(for events: Int32) throws {
        while true {
            let remaining = milliseconds(until: deadline)
            guard remaining > 0 else {
                condition = .lost
                PostgresCancellation.send(for: handle)
                throw StorageError.unavailable(
                    "PostgreSQL has not answered in time.", isConnecting ? .unreachable : .slow)
            }
            let socket = latchkey_PQsocket(handle)
            guard socket >= 0 else { throw lost() }
            var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
            let count = poll(&descriptor, 1, Int32(clamping: remaining))
            if count > 0 { return }
            if count < 0 && errno != EINTR { throw lost() }
        }
    }
}

private func clearIfAny(_ result: OpaquePointer?) {
    if let result { latchkey_PQclear(result) }
}

/// Whole milliseconds until then; 0 or less once it has passed.
func milliseconds(until deadline: ContinuousClock.Instant) -> Int {
    let (seconds, attoseconds) = (deadline - .now).components
    return Int(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue)
        + Int(attoseconds / 1_000_000_000_000_000)
}

extension PostgresServer {
    /// Runs statements that need no answer, on a connection of their own.
    package func execute(_ text: String) throws {
        let connection = try PostgresConnection(to: self, for: .seconds(60))
        defer { connection.close() }
        try connection.runText(text)
    }
}
