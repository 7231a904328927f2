import Workers

/// The writer's loop: takes all waiting writes, runs each inside a savepoint of its own, commits once, and only then
/// answers. One sync serves all writes that arrived meanwhile.
struct GroupCommit {
    let connection: SQLiteConnection
    let lock: CommitLock
    let queue: BlockingQueue<WriteJob>
    let meter: WriterMeter
    /// Called after committing writes that announced a change.
    let onAnnouncement: () -> Void
    /// Called when nothing could be written, or the outcome is unknown.
    let onFailure: (StorageError) -> Void

    /// The maximum number of writes per commit; more would delay the first for the last.
    private static let maximumGroup = 512

    /// Returns when the queue is closed and empty, and closes the connection.
    func run() {
        while true {
            let jobs = queue.popAll(limit: Self.maximumGroup)
            guard !jobs.isEmpty else { return connection.close() }
            meter.begin(jobs)
            commit(jobs)
        }
    }

    private func commit(_ jobs: [WriteJob]) {
        var performed: [WriteJob.Performed] = []
        var failure: StorageError?
        do {
            try lock.hold { try transact(jobs, &performed) }
            if connection.hasAnnounced { onAnnouncement() }
        } catch {
            failure = (error as? StorageError) ?? .failed("\(error)")
            if let failure { report(failure) }
        }
        connection.hasAnnounced = false
        for job in performed { job.answer(failure) }
        // Writes that the group never got to fail like the others: they were not done.
        for job in jobs.dropFirst(performed.count) { job.refuse(failure ?? .failed("The write was not reached.")) }
    }

    private func transact(_ jobs: [WriteJob], _ performed: inout [WriteJob.Performed]) throws {
        do {
            try connection.execute("BEGIN IMMEDIATE")
            connection.forgetRoom()
            connection.waitingWords = []
            defer { connection.waitingWords = nil }
            for job in jobs {
                performed.append(try perform(job))
                // On a full or failing disk SQLite rolls everything back: no write of the group has taken effect.
                if connection.isOutsideTransaction {
                    throw performed.last?.failure as? StorageError
                        ?? .unavailable("The transaction was rolled back by SQLite.", .ioError)
                }
            }
            try connection.addWaitingWords()
            try commitTransaction()
        } catch {
            if !connection.isOutsideTransaction { _ = try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    /// After a failed sync, log contents may survive a crash, and would then count as committed.
    private func commitTransaction() throws {
        let begun = ContinuousClock.now
        do { try connection.execute("COMMIT") } catch StorageError.unavailable(let text, .ioError) {
            throw StorageError.outcomeUnknown(text)
        }
        meter.committed(in: .now - begun)
    }

    private func report(_ failure: StorageError) {
        meter.failed()
        onFailure(failure)
    }

    private func perform(_ job: WriteJob) throws -> WriteJob.Performed {
        try connection.execute("SAVEPOINT job")
        let waitingWords = connection.waitingWords
        let performed = job.perform(connection)
        if let error = performed.failure as? StorageError, case .unavailable(_, .nearlyFull) = error {
            report(error)
        }
        guard !connection.isOutsideTransaction else { return performed }
        if performed.failure != nil {
            try connection.execute("ROLLBACK TO job")
            // Also the words of earlier writes that were inserted during this one.
            connection.waitingWords = waitingWords
        }
        try connection.execute("RELEASE job")
        return performed
    }
}
