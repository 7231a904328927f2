import Basics

/// Reports the rows of an import that were worked on, some at a time.
struct RowSteps {
    private let name: String
    private let total: Int
    private let onStep: WorkObserver
    private var done = 0

    private static let rowsPerStep = 100

    init(_ name: String, _ total: Int, _ onStep: @escaping WorkObserver) {
        (self.name, self.total, self.onStep) = (name, total, onStep)
        onStep(WorkStep(name, 0, of: Int64(total), .rows))
    }

    /// Counts one row.
    mutating func next() {
        done += 1
        guard done % Self.rowsPerStep == 0 || done == total else { return }
        onStep(WorkStep(name, Int64(done), of: Int64(total), .rows))
    }
}
