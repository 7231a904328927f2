/// Collects the issues of several fields, so that all are reported at once.
package struct FieldIssues: Sendable {
    package private(set) var all: [FieldIssue] = []

    package init() {}

    package mutating func add(_ issue: FieldIssue) { all.append(issue) }

    /// Runs a rule; records its issues and returns nil if it fails. Any other error is rethrown.
    package mutating func check<Value>(_ rule: () throws -> Value) throws -> Value? {
        do {
            return try rule()
        } catch AppError.invalid(let found) {
            all += found
            return nil
        }
    }

    /// - Throws: `AppError.invalid` if any issue was recorded.
    package func finish() throws(AppError) {
        guard all.isEmpty else { throw .invalid(all) }
    }
}
