/// A read or write that waits for a connection.
struct PostgresJob: Sendable {
    struct Attempt {
        /// The error thrown by the work.
        let failure: (any Error)?
        /// Returns the result to the caller.
        let answer: () -> Void
    }

    let isWrite: Bool
    let queuedAt = ContinuousClock.now
    let deadline: ContinuousClock.Instant
    /// Does the work; may be called again if nothing of an earlier call was committed.
    let attempt: @Sendable (PostgresConnection) -> Attempt
    /// Fails the caller if nothing was done, or the outcome is unknown.
    let refuse: @Sendable (StorageError) -> Void
}
