import Domain
import Workers

/// The loop of a worker thread: runs jobs one after another, on a connection that is replaced when necessary.
struct PostgresWorker: Sendable {
    let connector: PostgresConnector
    let queue: BlockingQueue<PostgresJob>
    /// The idle time after which a connection is checked before it is used.
    let idle: Duration
    /// Called before the caller learns that the outcome of its write is unknown.
    let onUnknownOutcome: @Sendable () -> Void
    /// Called with the reason when a write was refused and retrying would not help.
    let onRefusedWrite: @Sendable (StorageTrouble) -> Void

    func run(_ meter: PoolMeter) {
        var connection: PostgresConnection?
        while let job = queue.pop() {
            let begun = ContinuousClock.now
            meter.begin(job, at: begun)
            guard begun < job.deadline else {
                meter.dropLate()
                job.refuse(.unavailable("No PostgreSQL connection was free in time.", .crowded))
                continue
            }
            connection = connection.flatMap { usable($0, until: job.deadline) }
            perform(job, on: &connection)
            meter.end(since: begun)
            switch connection?.condition {
            case .lost, .statementsLost: connection = nil
            case .sound, .collided, nil: connection?.forgetCollision()
            }
        }
        connection?.close()
    }

    private static let longestCheck = Duration.seconds(1)

    /// An idle connection, unless it is dead or must be presumed dead.
    private func usable(
        _ connection: PostgresConnection, until deadline: ContinuousClock.Instant
    ) -> PostgresConnection? {
        if !connector.suspects(connection), !connection.hasTooManyStatements {
            let now = ContinuousClock.now
            guard now - connection.lastHeard > idle else { return connection }
            if connection.answers(within: min(Self.longestCheck, (deadline - now) / 2)) { return connection }
            connector.suspect(before: now)
        }
        connection.close()
        return nil
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
            let begun = ContinuousClock.now
            let attempt: PostgresJob.Attempt?
            var failure: StorageError?
            do {
                if job.isWrite {
                    let ending = try transaction(job, on: connection)
                    // Once committed, the work is done whatever happens to the connection.
                    if ending.isCommitted { return ending.attempt.answer() }
                    attempt = ending.attempt
                } else {
                    attempt = job.attempt(connection)
                }
            } catch StorageError.outcomeUnknown(let text) {
                connector.suspect(before: begun)
                kept = nil
                onUnknownOutcome()
                return job.refuse(.outcomeUnknown(text))
            } catch {
                // Not begun, or conflicted at the very end: treated as a failed statement.
                failure = (error as? StorageError) ?? .failed("\(error)")
                attempt = nil
            }
            func answer() {
                if job.isWrite, case .unavailable(_, let trouble)? = attempt?.failure as? StorageError ?? failure,
                    !trouble.mayPass
                {
                    onRefusedWrite(trouble)
                }
                if let attempt { attempt.answer() } else { job.refuse(failure ?? .unavailable("PostgreSQL is gone.")) }
            }
            let isOver = .now >= job.deadline
            if connection.condition == .lost { connector.suspect(before: begun) }
            switch connection.condition {
            case .sound: return answer()
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
                return answer()
            }
        }
    }

    private struct Ending {
        let attempt: PostgresJob.Attempt
        let isCommitted: Bool
    }

    private func transaction(_ job: PostgresJob, on connection: PostgresConnection) throws -> Ending {
        connection.begin()
        let attempt = job.attempt(connection)
        guard attempt.failure == nil, connection.condition == .sound else {
            connection.rollBack()
            return Ending(attempt: attempt, isCommitted: false)
        }
        do { try connection.commit() } catch {
            // One of the statements that went along may have failed.
            connection.rollBack()
            throw error
        }
        return Ending(attempt: attempt, isCommitted: true)
    }
}
