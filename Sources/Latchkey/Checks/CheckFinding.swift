/// One line of `latchkey check`: a fact; where it is not as it should be, with what to do about it.
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
