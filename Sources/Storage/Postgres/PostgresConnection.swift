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
    var lastHeard = ContinuousClock.now
    let handle: OpaquePointer
    let server: PostgresServer
    private(set) var isConnecting = true
    let preparesStatements: Bool
    /// The names of the statements that the server has, by their texts.
    var prepared: [String: String] = [:]
    /// True if the server keeps so many that a new connection is cheaper. Filters make up many texts.
    var hasTooManyStatements: Bool { prepared.count > 512 }
    /// Statements that go along with the next one whose answer is needed.
    private var unsent: [SQL] = []
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
        let result = try ask(sql)
        let count = result.rowCount
        var number: Int32 = 0
        return try use {
            guard number < count else { return nil }
            defer { number += 1 }
            return PostgresRow(result: result, row: number)
        }
    }

    @discardableResult
    func execute(_ sql: SQL) throws -> Int { try ask(sql).changedRows }

    func enqueue(_ sql: SQL) throws {
        unsent.append(sql)
        // They and their answers are in memory until then.
        guard unsent.count >= Self.maximumUnsent else { return }
        if let failure = try runUnsent(with: []).failure { throw failure }
    }

    private static let maximumUnsent = 1000

    func add(_ words: TaskWords) throws { try enqueue(words.postgresInsertion) }

    private func ask(_ sql: SQL) throws -> PostgresResult {
        guard !unsent.isEmpty else { return try run(sql) }
        let answers = try runUnsent(with: [sql])
        if let failure = answers.failure { throw failure }
        guard let last = answers.results.last else { throw lost() }
        return last
    }

    private func runUnsent(with statements: [SQL], awaiting awaited: Int? = nil) throws -> Answers {
        // If a value cannot be sent, those before it, among them BEGIN, still go along with the next statement.
        let requests = try (unsent + statements).map(Request.init)
        unsent = []
        return try run(requests, awaiting: awaited)
    }

    func lockUntilCommit(_ key: Int64) throws {
        // Such a lock holds for a whole database, and a schema of it may be another installation's.
        try enqueue(
            """
            SELECT pg_advisory_xact_lock(\(key) # COALESCE((
                SELECT oid::BIGINT << 8 FROM pg_namespace WHERE nspname = current_schema() AND nspname <> 'public'), 0))
            """)
    }

    func announce(_ change: Change) { announcements.append(change) }

    // MARK: Transactions

    /// Begins a transaction, along with its first statement, whose statements the server also ends at the deadline.
    func begin() {
        let limit = max(1, milliseconds(until: deadline))
        // Each statement sees everything committed before it, whatever the server's default: after waiting for a lock,
        // a transaction must see the changes of the one before. Lock waits time out slightly earlier than the rest, so that
        // they can be told apart.
        unsent = [
            "BEGIN ISOLATION LEVEL READ COMMITTED",
            """
            SELECT set_config('statement_timeout', \(String(limit)), true),
                   set_config('lock_timeout', \(String(max(1, limit - limit / 10))), true)
            """,
        ]
    }

    /// Commits, along with the statements before that wait for nothing, and sends the announcements to all listeners.
    ///
    /// Announcements are not part of the transaction: not every server that speaks PostgreSQL's protocol supports
    /// notifications, and processes that receive none read again soon in any case.
    /// - Throws: the error that prevented the commit; `StorageError.outcomeUnknown` if the connection was lost before
    ///   the server answered.
    func commit() throws {
        let number = unsent.count
        let statements: [SQL] =
            ["COMMIT"] + announcements.map { "SELECT pg_notify(\(PostgresListener.channel), \($0.text))" }
        announcements = []
        let answers: Answers
        do {
            // Announcements can take long: those of all databases of a server wait for each other.
            answers = try runUnsent(with: statements, awaiting: number)
        } catch let error as StorageError where condition == .lost {
            throw StorageError.outcomeUnknown("The connection was lost while committing. \(error)")
        }
        guard answers.results.count > number else {
            let error = answers.failure ?? lost()
            guard condition == .lost, answers.isCut || answers.results.count == number else { throw error }
            throw StorageError.outcomeUnknown("The connection was lost while committing. \(error)")
        }
        // A transaction in which a statement failed answers COMMIT with ROLLBACK.
        guard answers.results[number].tag == "COMMIT" else {
            throw StorageError.failed("PostgreSQL rolled the transaction back.")
        }
    }

    /// Rolls the transaction back, or discards the connection if that fails.
    func rollBack() {
        (unsent, announcements) = ([], [])
        guard condition != .lost, latchkey_PQtransactionStatus(handle) != PQTRANS_IDLE else { return }
        do { try runText("ROLLBACK") } catch { condition = .lost }
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
