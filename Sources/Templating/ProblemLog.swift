/// Collects problems so that all of them can be shown at once.
struct ProblemLog {
    /// Limits the number of problems, as a hostile template could cause one for each of its bytes.
    private static let limit = 1000
    private var seen: Set<TemplateError> = []

    var isEmpty: Bool { seen.isEmpty }
    var count: Int { seen.count }

    mutating func report(_ message: String, at place: Place) {
        guard seen.count < Self.limit else { return }
        let position = place.source.position(of: place.offset)
        let excerpt = place.source.excerpt(around: place.offset, line: position.line)
        seen.insert(
            TemplateError(
                file: place.source.file, line: position.line, column: position.column,
                message: message + place.origin, sourceLine: excerpt.text, caret: excerpt.caret))
    }

    mutating func add(_ error: TemplateError) {
        if seen.count < Self.limit { seen.insert(error) }
    }

    /// The problems, ordered by file, line and column.
    var errors: TemplateErrors {
        TemplateErrors(
            errors: seen.sorted {
                ($0.file, $0.line, $0.column, $0.message) < ($1.file, $1.line, $1.column, $1.message)
            })
    }
}
