/// The parsed form of `DATABASE_URL`.
package enum DatabaseURL: Sendable, Equatable {
    /// A path, absolute or relative to the working directory.
    case sqlite(path: String)
    case postgres(PostgresServer)

    /// A problem that should be fixed, though the URL works.
    package var warning: String? {
        switch self {
        case .sqlite: nil
        case .postgres(let server): server.warning
        }
    }

    /// `sqlite:relative/path`, `sqlite:////absolute/path` with the slashes of SQLAlchemy, `sqlite:///absolute/path`, or
    /// a PostgreSQL connection string (`PostgresServer`).
    ///
    /// In SQLAlchemy, three slashes mean a relative path. An explicit one (`sqlite:///./app.db`) is read that way here,
    /// too; `sqlite:///app.db` could mean a file in the root directory or in the working directory, and is refused.
    package init(_ text: String) throws(DatabaseURLError) {
        // Other programs append a driver after a plus sign, or prefix their own name.
        let url = text.hasPrefix("jdbc:") ? text.dropFirst("jdbc:".count) : text[...]
        let scheme = url.prefix { $0 != ":" && $0 != "+" }
        if ["postgresql", "postgres", "pgsql"].contains(scheme) {
            self = .postgres(try PostgresServer(url))
            return
        }
        guard scheme == "sqlite", let colon = url.firstIndex(of: ":") else {
            throw DatabaseURLError(
                description: "must begin with sqlite: or postgresql:, such as sqlite:////var/lib/latchkey/latchkey.db")
        }
        var path = url[url.index(after: colon)...]
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        let name = path.drop { $0 == "/" }
        guard !name.isEmpty, !path.hasSuffix("/") else { throw DatabaseURLError(description: "names no file") }
        guard name != ":memory:" else {
            throw DatabaseURLError(description: "names a database in memory, which would be gone after each restart")
        }
        guard !path.contains("?") else {
            throw DatabaseURLError(
                description: "has options behind a question mark, which mean nothing here; leave them out")
        }
        if path.hasPrefix("/./") || path.hasPrefix("/../") {
            path = path.dropFirst()
        } else if path.hasPrefix("//") {
            path = path.drop { $0 == "/" }
            path = Substring("/" + path)
        } else if path.hasPrefix("/"), !name.contains("/") {
            throw DatabaseURLError(
                description:
                    "can be read in two ways: write sqlite:./\(name) for a file in the working directory, or sqlite:////\(name) for one in the root directory"
            )
        }
        self = .sqlite(path: String(path))
    }
}
