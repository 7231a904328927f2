/// Stands for what somebody's task list was at one moment: as long as it is the same, so is the list.
package struct TasksVersion: Sendable, Hashable {
    private let era: UInt64
    private let count: UInt64

    /// - Parameters:
    ///   - era: rises when anybody's tasks may have changed.
    ///   - count: rises when this list has changed.
    package init(era: UInt64, count: UInt64) {
        self.era = era
        self.count = count
    }
}
