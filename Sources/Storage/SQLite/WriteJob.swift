/// A queued write.
struct WriteJob: Sendable {
    struct Performed {
        /// The error thrown by the work.
        let failure: (any Error)?
        /// Answers the caller, once the outcome of the group's commit is known.
        let answer: (StorageError?) -> Void
    }

    let queuedAt = ContinuousClock.now
    let perform: @Sendable (SQLiteConnection) -> Performed
    /// Answers a caller whose write was never begun.
    let refuse: @Sendable (StorageError) -> Void
}
