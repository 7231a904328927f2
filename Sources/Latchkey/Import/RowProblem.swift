/// The reason why one row cannot be imported.
struct RowProblem: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
