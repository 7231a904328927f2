/// One line of `latchkey check`: a fact, or a problem with its remedy.
struct CheckFinding: Sendable, Equatable {
    enum Severity: String, Sendable {
        case ok
        /// Serving works, or will, but something should be looked at.
        case warning = "warn"
        /// Serving fails, or a part of it.
        case failure = "FAIL"
    }

    let severity: Severity
    /// Two or three words.
    let name: String
    let text: String
}
