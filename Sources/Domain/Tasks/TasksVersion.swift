/// The version of a user's task list: as long as it is equal, the list is unchanged.
package struct TasksVersion: Sendable, Hashable {
    private let era: UInt64
    private let count: UInt64

    /// - Parameters:
    ///   - era: increases when any user's tasks may have changed.
    ///   - count: increases when this list has changed.
    package init(era: UInt64, count: UInt64) {
        self.era = era
        self.count = count
    }
}
