/// One read or write that waits for a connection.
struct PostgresJob: Sendable {
    struct Attempt {
        /// What the work threw.
        let failure: (any Error)?
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
