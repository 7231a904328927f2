import Workers

/// The writer's loop: takes all writes that are waiting, runs each inside a savepoint of its own, commits once, and
/// only then answers. One wait for the disk serves everybody who came meanwhile.
struct GroupCommit {
    let connection: SQLiteConnection
    let queue: BlockingQueue<WriteJob>
    let versions: SQLiteTaskVersions
    /// Called when writes are on disk that announced a change.
    let onAnnouncement: () -> Void
    /// Called when nothing could be written, or none can say what was.
    let onFailure: (StorageError) -> Void

    /// How many writes share a commit at most; more would make the first wait for the last.
    private static let maximumGroup = 512

    /// Returns when the queue is closed and empty, and closes the connection.
    func run() {
        while true {
            let jobs = queue.popAll(limit: Self.maximumGroup)
            guard !jobs.isEmpty else {
                versions.close()
                return connection.close()
            }
            commit(jobs)
        }
    }

    private func commit(_ jobs: [WriteJob]) {
        var performed: [WriteJob.Performed] = []
        var failure: StorageError?
        do {
            try connection.execute("BEGIN IMMEDIATE")
            versions.began()
            connection.hasCommitted = false
            connection.forgetRoom()
            for job in jobs {
                performed.append(try perform(job))
                // A full or broken disk makes SQLite roll back everything: nobody in the group has been served.
                if connection.isOutsideTransaction {
                    throw performed.last?.failure as? StorageError
                        ?? .unavailable("The transaction was rolled back by SQLite.", .ioError)
                }
            }
            try commitTransaction()
            versions.ended(committed: jobs.map(\.touched), hasWritten: connection.hasCommitted)
            if connection.hasAnnounced { onAnnouncement() }
        } catch {
            failure = (error as? StorageError) ?? .failed("\(error)")
            if let failure { onFailure(failure) }
            if !connection.isOutsideTransaction { _ = try? connection.execute("ROLLBACK") }
            versions.failed()
        }
        connection.hasAnnounced = false
        for job in performed { job.answer(failure) }
        // What the group never got to is answered as the others are: it was not done.
        for job in jobs.dropFirst(performed.count) { job.refuse(failure ?? .failed("The write was not reached.")) }
    }

    /// What a failed sync leaves in the log may be found there after a crash, and then counts as committed.
    private func commitTransaction() throws {
        do { try connection.execute("COMMIT") } catch StorageError.unavailable(let text, .ioError) {
            throw StorageError.outcomeUnknown(text)
        }
    }

    private func perform(_ job: WriteJob) throws -> WriteJob.Performed {
        try connection.execute("SAVEPOINT job")
        let performed = job.perform(connection)
        if let error = performed.failure as? StorageError, case .unavailable(_, .nearlyFull) = error {
            onFailure(error)
        }
        guard !connection.isOutsideTransaction else { return performed }
        if performed.failure != nil { try connection.execute("ROLLBACK TO job") }
        try connection.execute("RELEASE job")
        return performed
    }
}
