import Basics

/// The state of the backups, for the operator.
package struct BackupStatus: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case ok
        /// One is due since more than an hour ago.
        case late
        /// The last attempt failed.
        case failed
        case none
    }

    package var state: State
    /// The sentence of the last failure, if there was no backup since.
    package var problem: String?
    /// The time of the newest.
    package var lastAt: Timestamp?
    /// Seconds since then.
    package var age: Int64?

    package init(state: State, problem: String?, lastAt: Timestamp?, age: Int64?) {
        (self.state, self.problem, self.lastAt, self.age) = (state, problem, lastAt, age)
    }
}
