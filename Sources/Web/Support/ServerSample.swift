import Basics

/// Figures of a server at one moment.
package struct ServerSample: Sendable, Equatable {
    package var at: Timestamp
    /// Counted since the start: requests that were answered, sign-ins, and attempts to sign in that failed.
    package var requests: UInt64
    package var signIns: UInt64
    package var failedSignIns: UInt64
    /// Nil while the database does not answer.
    package var databaseBytes: Int64?
    /// Seconds since the newest backup; nil if there is none.
    package var backupAge: Int64?

    package init(
        at time: Timestamp, requests: UInt64, signIns: UInt64, failedSignIns: UInt64, databaseBytes: Int64?,
        backupAge: Int64?
    ) {
        at = time
        (self.requests, self.signIns, self.failedSignIns) = (requests, signIns, failedSignIns)
        (self.databaseBytes, self.backupAge) = (databaseBytes, backupAge)
    }
}
