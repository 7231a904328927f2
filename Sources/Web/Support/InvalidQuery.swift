import Domain
import HTTPServer

/// Query parameters that break a rule; the counterpart of `AppError.invalid`, which is about bodies.
struct InvalidQuery: Error {
    let issues: [FieldIssue]
}
