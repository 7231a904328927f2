import CPostgres

/// A PostgreSQL database and the way to reach it: a connection string, as hosting providers supply it.
///
/// The string is passed to libpq whole, so all of its parameters work (postgresql.org/docs/current/libpq-connect.html):
/// `sslmode`, `channel_binding`, several hosts, `options`. Parameters of other drivers are translated or removed.
/// Without an `sslmode`, a server on another machine is verified.
package struct PostgresServer: Sendable, Equatable {
    let text: String
    /// False behind a pooler in transaction mode without support for prepared statements.
    let preparesStatements: Bool
    /// A problem with the string that should be fixed, though it works.
    package let warning: String?

    /// - Parameter url: `postgresql://…` or `postgres://…`, also with a driver's name (`postgresql+asyncpg://…`).
    init(_ url: some StringProtocol) throws(DatabaseURLError) {
        guard let scheme = url.firstRange(of: "://") else {
            throw DatabaseURLError(description: "is not a PostgreSQL connection string")
        }
        let rest = url[scheme.upperBound...]
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // libpq would take half of such a password for the host, and repeat it in its error message.
        let authority = parts[0].prefix { $0 != "/" }
        guard authority.utf8.count(where: { $0 == UInt8(ascii: "@") }) <= 1 else {
            throw DatabaseURLError(
                description: "has an @ in its user or password, which must be written as %40")
        }
        var kept: [String] = []
        var preparesStatements = true
        var security = PostgresSecurity(hosts: String(authority))
        for parameter in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (String(pair[0]), pair.count > 1 ? String(pair[1]) : "")
            if security.takes(name, value) { continue }
            switch name {
            case "pgbouncer": preparesStatements = value != "true"
            case "statement_cache_size", "prepared_statement_cache_size", "prepareThreshold":
                if value == "0" { preparesStatements = false }
            case _ where Self.ignored.contains(name): continue
            default: kept.append(String(parameter))
            }
        }
        let decision = security.decide()
        kept += decision.parameters
        text = "postgresql://" + parts[0] + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
        self.preparesStatements = preparesStatements
        warning = decision.warning
    }

    /// Parameters for other clients' pools and drivers.
    private static let ignored: Set = [
        "connection_limit", "pool_timeout", "pool_size", "schema", "socket_timeout", "command_timeout",
        "async_fallback",
        "uselibpqcompat", "loginTimeout", "socketTimeout", "tcpKeepAlive", "reWriteBatchedInserts", "ApplicationName",
    ]

    /// Advice on reaching a server that could not be verified.
    /// - Parameter message: libpq's message.
    func advice(whenUntrusted message: String) -> String {
        if message.contains("does not support SSL") {
            return "It does not speak TLS. If no one can eavesdrop on the network between, add sslmode=disable to the "
                + "connection string."
        }
        return
            "Add sslrootcert=/path/to/root.crt to the connection string, with the root certificate that your provider "
            + "publishes, or sslmode=require to encrypt without checking who answers."
    }

    /// Checks that libpq can parse the string, without connecting.
    /// - Throws: `DatabaseURLError`, which repeats nothing of the string, as that may hold a password.
    package func check() throws {
        try PostgresLibrary.load()
        var message: UnsafeMutablePointer<CChar>?
        if let options = latchkey_PQconninfoParse(text, &message) {
            latchkey_PQconninfoFree(options)
            return
        }
        latchkey_PQfreemem(message)
        throw DatabaseURLError(
            description:
                "DATABASE_URL is not a connection string that libpq understands, such as postgresql://user:password@host/database"
        )
    }

    var parameters: [(keyword: String, value: String)] {
        [
            ("dbname", text), ("fallback_application_name", "latchkey"), ("client_encoding", "UTF8"),
            // Detects a server that disappeared silently, also on the connection that only listens.
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
        ]
    }
}
