/// What `DATABASE_URL` names.
package enum DatabaseURL: Sendable, Equatable {
    /// A path, absolute or relative to the working directory.
    case sqlite(path: String)
    case postgres(PostgresServer)

    package struct ParseError: Error, CustomStringConvertible {
        package let description: String
    }

    /// What should be changed about it, though it works.
    package var warning: String? {
        switch self {
        case .sqlite: nil
        case .postgres(let server): server.warning
        }
    }

    /// `sqlite:///absolute/path`, `sqlite:relative/path`, or a PostgreSQL connection string (`PostgresServer`).
    package init(_ text: String) throws(ParseError) {
        // Other programs write their driver behind a plus sign, or their own name in front.
        let url = text.hasPrefix("jdbc:") ? text.dropFirst("jdbc:".count) : text[...]
        let scheme = url.prefix { $0 != ":" && $0 != "+" }
        if ["postgresql", "postgres", "pgsql"].contains(scheme) {
            self = .postgres(try PostgresServer(url))
            return
        }
        guard text.hasPrefix("sqlite:") else {
            throw ParseError(
                description: "must begin with sqlite: or postgresql:, such as sqlite:///var/lib/latchkey.db")
        }
        var path = text.dropFirst("sqlite:".count)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.isEmpty, !path.hasSuffix("/") else {
            throw ParseError(description: "names no file")
        }
        self = .sqlite(path: String(path))
    }
}
