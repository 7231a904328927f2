import Domain
import Synchronization
import Workers

/// A PostgreSQL database: a fixed number of connections, each with a thread of its own, and a queue before them.
///
/// Everything has `limit` to be done, the waiting included; what is not done by then is answered as unavailable. So
/// when the server hangs, so does nobody else. A transaction that collided with another, or whose connection was gone
/// before it was committed, is tried again.
package final class PostgresDatabase: Database {
    /// How it is used.
    package struct Options: Sendable {
        /// How many connections there are at most; they are opened as they are needed.
        package var connections = 10
        /// How long a read or a write may take, the wait for a connection included.
        package var limit = Duration.seconds(5)
        /// How long to wait for a server that is not there yet when we start.
        package var patience = Duration.seconds(10)

        package init() {}
    }

    /// How many may wait for a connection; more would only find out later that their time is over.
    private static let maximumQueue = 4096

    private let options: Options
    private let queue = BlockingQueue<PostgresJob>(capacity: maximumQueue)
    private let workers: [WorkerThread]
    private let connector: PostgresConnector
    private let listener = Mutex<PostgresListener?>(nil)

    /// Connects, and brings the schema up to date.
    /// - Parameter onWait: is told once why the start takes longer.
    /// - Throws: `StorageError`.
    package init(
        _ server: PostgresServer, options: Options = Options(), onWait: (String) -> Void = { _ in }
    ) throws {
        self.options = options
        let connector = PostgresConnector(server)
        self.connector = connector
        // Others may be busy with the same, and a new index takes its time.
        let connection = try Self.patiently(until: .now + options.patience, onWait) {
            try PostgresConnection(to: server, for: .seconds(600))
        }
        try Migrations.run(on: connection)
        connection.close()
        let queue = self.queue
        workers = try (0..<options.connections).map { _ in
            try WorkerThread { PostgresWorker(connector: connector, queue: queue).run() }
        }
    }

    private static func patiently(
        until deadline: ContinuousClock.Instant, _ onWait: (String) -> Void,
        _ connect: () throws -> PostgresConnection
    ) throws -> PostgresConnection {
        var hasTold = false
        while true {
            do { return try connect() } catch StorageError.unavailable(let text) where .now < deadline {
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
        touching touched: TouchedTasks, _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await perform(isWrite: true, work)
    }

    /// What other servers write, this one does not see.
    package func version(ofTasksOf owner: UserID) -> TasksVersion? { nil }

    private func perform<Value: Sendable>(
        isWrite: Bool, _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let job = PostgresJob(
                isWrite: isWrite, deadline: .now + options.limit,
                attempt: { connection in
                    let outcome = Result { try work(connection) }
                    return PostgresJob.Attempt(hasFailed: outcome.isFailure) { continuation.resume(with: outcome) }
                },
                refuse: { continuation.resume(throwing: $0) })
            switch queue.push(job) {
            case .accepted: break
            case .full: job.refuse(.unavailable("Too many wait for a PostgreSQL connection."))
            case .closed: job.refuse(.unavailable("The database is closed."))
            }
        }
    }

    package func listen(_ onChange: @escaping @Sendable (Change) -> Void) throws {
        let started = try PostgresListener(connector, onChange)
        listener.withLock { $0 = started }
    }

    /// A server that refuses one write refuses the next: trying shows it.
    package var lastRefusedWrite: ContinuousClock.Instant? { nil }

    /// A server looks after its own files.
    package func inspect(_ onDamage: @escaping @Sendable (String) -> Void) {}

    package func close() {
        listener.withLock { $0?.stop() }
        queue.close()
        for worker in workers { worker.join() }
    }
}

/// One read or write that waits for a connection.
struct PostgresJob: Sendable {
    struct Attempt {
        let hasFailed: Bool
        /// Gives the caller what came of it.
        let answer: () -> Void
    }

    let isWrite: Bool
    let deadline: ContinuousClock.Instant
    /// Does the work; may be called again where nothing of an earlier call was kept.
    let attempt: @Sendable (PostgresConnection) -> Attempt
    /// Answers a caller for whom nothing was done, or for whom nobody knows.
    let refuse: @Sendable (StorageError) -> Void
}

/// What one of the threads does: jobs, one after another, on a connection that it makes anew when it must.
private struct PostgresWorker {
    let connector: PostgresConnector
    let queue: BlockingQueue<PostgresJob>

    func run() {
        var connection: PostgresConnection?
        while let job = queue.pop() {
            guard .now < job.deadline else {
                job.refuse(.unavailable("No PostgreSQL connection was free in time."))
                continue
            }
            perform(job, on: &connection)
            switch connection?.condition {
            case .lost, .statementsLost: connection = nil
            case .sound, .collided, nil: connection?.forgetCollision()
            }
        }
        connection?.close()
    }

    private func perform(_ job: PostgresJob, on kept: inout PostgresConnection?) {
        var losses = 0
        var collisions = 0
        while true {
            let connection: PostgresConnection
            do {
                connection = try kept ?? connector.connect(until: job.deadline)
            } catch {
                return job.refuse((error as? StorageError) ?? .failed("\(error)"))
            }
            kept = connection
            connection.deadline = job.deadline
            let attempt: PostgresJob.Attempt?
            do {
                if job.isWrite {
                    let ending = try transaction(job, on: connection)
                    // What is committed is done, whatever becomes of the connection.
                    if ending.isCommitted { return ending.attempt.answer() }
                    attempt = ending.attempt
                } else {
                    attempt = job.attempt(connection)
                }
            } catch Uncommitted.unknown(let error) {
                kept = nil
                return job.refuse(error)
            } catch {
                // Not begun, or collided at the very end: the same as if a statement had failed.
                if connection.condition == .sound { return job.refuse((error as? StorageError) ?? .failed("\(error)")) }
                attempt = nil
            }
            let isOver = .now >= job.deadline
            switch connection.condition {
            case .sound:
                attempt?.answer()
                return
            case .collided where !isOver && collisions < 20:
                collisions += 1
                connection.forgetCollision()
                PostgresConnector.sleep(.milliseconds(Int64.random(in: 1...10) << min(collisions, 5)))
            case .statementsLost:
                connector.stopPreparing()
                connection.close()
                kept = nil
            case .lost where !isOver && losses < 2:
                losses += 1
                connection.close()
                kept = nil
            case .collided, .lost:
                connection.forgetCollision()
                if let attempt { attempt.answer() } else { job.refuse(.unavailable("PostgreSQL is not there.")) }
                return
            }
        }
    }

    private enum Uncommitted: Error { case unknown(StorageError) }

    private struct Ending {
        let attempt: PostgresJob.Attempt
        let isCommitted: Bool
    }

    private func transaction(_ job: PostgresJob, on connection: PostgresConnection) throws -> Ending {
        try connection.begin()
        let attempt = job.attempt(connection)
        guard !attempt.hasFailed, connection.condition == .sound else {
            connection.rollBack()
            return Ending(attempt: attempt, isCommitted: false)
        }
        do { try connection.commit() } catch let error as StorageError where connection.condition == .lost {
            throw Uncommitted.unknown(error)
        }
        connection.sendAnnouncements()
        return Ending(attempt: attempt, isCommitted: true)
    }
}
