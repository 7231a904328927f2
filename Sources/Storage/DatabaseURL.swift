/// What `DATABASE_URL` names.
package enum DatabaseURL: Sendable, Equatable {
    /// A path, absolute or relative to the working directory.
    case sqlite(path: String)

    package struct ParseError: Error, CustomStringConvertible {
        package let description: String
    }

    /// `sqlite:///absolute/path` or `sqlite:relative/path`.
    package init(_ text: String) throws(ParseError) {
        if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            throw ParseError(description: "PostgreSQL is not supported yet; use sqlite:///absolute/path.")
        }
        guard text.hasPrefix("sqlite:") else {
            throw ParseError(description: "must begin with sqlite:, such as sqlite:///var/lib/latchkey.db")
        }
        var path = text.dropFirst("sqlite:".count)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.isEmpty, !path.hasSuffix("/") else {
            throw ParseError(description: "names no file")
        }
        self = .sqlite(path: String(path))
    }
}
