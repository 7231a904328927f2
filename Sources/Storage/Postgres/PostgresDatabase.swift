import Domain
import Metrics
import Synchronization
import Workers

/// A PostgreSQL database: a fixed number of connections, each with a thread of its own, and a queue before them.
///
/// Every operation has `limit` to complete, including the wait; otherwise it fails as unavailable, so a hung server
/// blocks no caller. A transaction that conflicted with another, or whose connection was lost before its commit was
/// sent, is retried; one whose commit was sent and not confirmed never is.
package final class PostgresDatabase: Database {
    /// Connection options.
    package struct Options: Sendable {
        /// The maximum number of connections; they are opened as needed.
        package var connections = 10
        /// The time limit of a read or write, including the wait for a connection.
        package var limit = Duration.seconds(5)
        /// The time to wait at startup for a server that is not available yet.
        package var patience = Duration.seconds(10)
        /// The idle time after which a connection is checked before it is used.
        package var idle = Duration.seconds(2)

        package init() {}
    }

    /// The maximum number of waiting operations; more would only time out later.
    private static let maximumQueue = 4096

    private let options: Options
    private let queue = BlockingQueue<PostgresJob>(capacity: maximumQueue)
    private let workers: [WorkerThread]
    private let meters: [PoolMeter]
    private let connector: PostgresConnector
    private let listener = Mutex<PostgresListener?>(nil)
    private let onChange: ChangeHandler
    private let refusedWrite: RefusedWriteRecord
    private let failures = Counter()

    /// Connects, and migrates the schema.
    /// - Parameter onWait: called once with the reason if startup takes longer.
    /// - Throws: `StorageError`.
    package init(
        _ server: PostgresServer, options: Options = Options(), onWait: (String) -> Void = { _ in }
    ) throws {
        self.options = options
        let connector = PostgresConnector(server)
        self.connector = connector
        // Other processes may be migrating too, and building a new index takes time.
        let connection = try Self.patiently(until: .now + options.patience, onWait) {
            try PostgresConnection(to: server, for: .seconds(600))
        }
        try Migrations.run(on: connection)
        connection.close()
        let (onChange, refusedWrite, failures) = (ChangeHandler(), RefusedWriteRecord(), self.failures)
        (self.onChange, self.refusedWrite) = (onChange, refusedWrite)
        let worker = PostgresWorker(
            connector: connector, queue: queue, idle: options.idle, onUnknownOutcome: { onChange.call(.anything) },
            onRefusedWrite: { trouble in
                failures.increment()
                refusedWrite.set(RefusedWrite(at: .now, trouble: trouble))
            })
        meters = (0..<options.connections).map { _ in PoolMeter() }
        workers = try meters.map { meter in try WorkerThread { worker.run(meter) } }
    }

    private static func patiently(
        until deadline: ContinuousClock.Instant, _ onWait: (String) -> Void,
        _ connect: () throws -> PostgresConnection
    ) throws -> PostgresConnection {
        var hasTold = false
        while true {
            do {
                return try connect()
            } catch StorageError.unavailable(let text, let trouble) where trouble.mayPass && .now < deadline {
                if !hasTold { onWait(text) }
                hasTold = true
                PostgresConnector.sleep(.milliseconds(200))
            }
        }
    }

    package func read<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await perform(isWrite: false, work)
    }

    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await perform(isWrite: true, work)
    }

    private func perform<Value: Sendable>(
        isWrite: Bool, _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let job = PostgresJob(
                isWrite: isWrite, deadline: .now + options.limit,
                attempt: { connection in
                    let outcome = Result { try work(connection) }
                    return PostgresJob.Attempt(failure: outcome.failure) { continuation.resume(with: outcome) }
                },
                refuse: { continuation.resume(throwing: $0) })
            switch queue.push(job) {
            case .accepted: break
            case .full: job.refuse(.unavailable("Too many wait for a PostgreSQL connection.", .crowded))
            case .closed: job.refuse(.unavailable("The database is closed."))
            }
        }
    }

    package var isShared: Bool { true }
    package var hasOtherServer: Bool { false }

    package func listen(_ onChange: @escaping @Sendable (Change) -> Void) throws {
        self.onChange.set(onChange)
        let started = try PostgresListener(connector, onChange)
        listener.withLock { $0 = started }
    }

    package var lastRefusedWrite: RefusedWrite? { refusedWrite.value }
    package var freeDiskSpace: Int64? { nil }

    package var metrics: [MetricFamily] {
        [
            .gauge("latchkey_database_queue_length", "Operations that wait to begin.", Double(queue.count))
        ] + PoolMeter.metrics(meters) + [
            .counter(
                "latchkey_database_failed_writes_total",
                "Writes that the database refused: no space, no permission, or a damaged file.", failures)
        ]
    }

    /// A server checks its own files.
    package func inspect(_ onDamage: @escaping @Sendable (String) -> Void) {}

    package func close() {
        listener.withLock { $0?.stop() }
        queue.close()
        for worker in workers { worker.join() }
    }
}

private final class RefusedWriteRecord: Sendable {
    private let last = Mutex<RefusedWrite?>(nil)
    var value: RefusedWrite? { last.withLock { $0 } }
    func set(_ refused: RefusedWrite) { last.withLock { $0 = refused } }
}

/// The handler of changes, once there is one.
private final class ChangeHandler: Sendable {
    private let handler = Mutex<(@Sendable (Change) -> Void)?>(nil)

    func set(_ new: @escaping @Sendable (Change) -> Void) { handler.withLock { $0 = new } }
    func call(_ change: Change) { handler.withLock { $0 }?(change) }
}
