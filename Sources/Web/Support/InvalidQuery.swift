import Domain
import HTTPServer

/// Parameters of a query that break a rule; like `AppError.invalid`, which is about bodies.
struct InvalidQuery: Error {
    let issues: [FieldIssue]
}
