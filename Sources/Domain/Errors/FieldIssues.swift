/// Collects what is wrong with several fields, so that somebody learns of all of it at once.
package struct FieldIssues: Sendable {
    package private(set) var all: [FieldIssue] = []

    package init() {}

    package mutating func add(_ issue: FieldIssue) { all.append(issue) }

    /// Runs a rule; what it finds wrong is kept and nil returned. Any other error is thrown on.
    package mutating func check<Value>(_ rule: () throws -> Value) throws -> Value? {
        do {
            return try rule()
        } catch AppError.invalid(let found) {
            all += found
            return nil
        }
    }

    /// - Throws: `AppError.invalid` when anything was wrong.
    package func finish() throws(AppError) {
        guard all.isEmpty else { throw .invalid(all) }
    }
}
