/// One problem in a template, with the place an author has to look at.
package struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path below the template directory, with `.html`.
    package let file: String
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in Unicode scalars.
    package let column: Int
    package let message: String
    /// The line it is about, without its line end; of a very long line the part around the column.
    package let sourceLine: String
    /// How many scalars of `sourceLine` come before the column.
    let caret: Int

    /// `file:line:column: message`, the line, and a caret under the column.
    package var description: String {
        var text = ""
        var padding = ""
        for (offset, scalar) in sourceLine.unicodeScalars.enumerated() {
            // A control character could rewrite what the terminal shows.
            let isControl = scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
            text.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
            if offset < caret { padding.append(scalar == "\t" ? "\t" : " ") }
        }
        return "\(file):\(line):\(column): \(message)\n    \(text)\n    \(padding)^"
    }
}

/// Everything found wrong with a set of templates, in the order of files and lines.
package struct TemplateErrors: Error, Sendable, CustomStringConvertible {
    package let errors: [TemplateError]

    package var description: String {
        errors.map(\.description).joined(separator: "\n\n")
    }
}

/// Collects problems so that all of them can be shown at once.
struct ProblemLog {
    /// Beyond this many nobody reads on, and a hostile template could make one for each of its bytes.
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

    /// The problems by file, line and column.
    var errors: TemplateErrors {
        TemplateErrors(
            errors: seen.sorted {
                ($0.file, $0.line, $0.column, $0.message) < ($1.file, $1.line, $1.column, $1.message)
            })
    }
}
