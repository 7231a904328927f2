import Domain

/// One write that waits for its turn.
struct WriteJob: Sendable {
    let touched: TouchedTasks

    struct Performed {
        /// What the work threw.
        let failure: (any Error)?
        /// Answers the caller, once it is known whether the group is on disk.
        let answer: (StorageError?) -> Void
    }

    let perform: @Sendable (SQLiteConnection) -> Performed
    /// Answers a caller whose write was never begun.
    let refuse: @Sendable (StorageError) -> Void
}
