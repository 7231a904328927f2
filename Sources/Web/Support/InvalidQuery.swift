import Domain
import HTTPServer

/// Query parameters that break a rule; the counterpart of `AppError.invalid`, which is about bodies.
struct InvalidQuery: Error {
    let issues: [FieldIssue]
}

extension FieldIssue {
    /// A `limit` that is not a number in the range.
    static func limit(_ range: ClosedRange<Int>) -> FieldIssue {
        FieldIssue(
            "limit", "Parameter 'limit' must be a number from \(range.lowerBound) to \(range.upperBound).", .wrongValue)
    }
}
