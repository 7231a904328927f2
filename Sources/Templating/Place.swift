/// A byte in a source, and the includes that made it part of a page.
struct Place: Sendable {
    let source: TemplateSource
    let offset: Int
    var via: Origin? = nil

    /// A clause for the end of a message; empty in a page's own file.
    var origin: String { via.map { " (\($0.clause))" } ?? "" }
}

/// The reason why a file other than the page's own is being examined.
struct Origin: Sendable {
    let clause: String

    static func included(at place: Place) -> Origin {
        let position = place.source.position(of: place.offset)
        return Origin(clause: "included at \(place.source.file):\(position.line):\(position.column)")
    }

    static func used(by page: TemplateSource) -> Origin {
        Origin(clause: "used by \(page.file)")
    }
}
