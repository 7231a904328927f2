import CPostgres

/// A PostgreSQL database and how it is to be reached: a connection string, as hosts hand them out.
///
/// The string goes to libpq whole, so everything that it knows works (postgresql.org/docs/current/libpq-connect.html):
/// `sslmode`, `channel_binding`, several hosts, `options`. What other drivers write into such strings is understood or
/// taken out. Without an `sslmode`, a server on another machine is verified.
package struct PostgresServer: Sendable, Equatable {
    let text: String
    /// False behind a pooler that lends a server for one transaction and knows no prepared statements.
    let preparesStatements: Bool
    /// What should be changed about the string, though it works.
    package let warning: String?

    /// - Parameter url: `postgresql://…` or `postgres://…`, also with a driver's name (`postgresql+asyncpg://…`).
    init(_ url: some StringProtocol) throws(DatabaseURLError) {
        guard let scheme = url.firstRange(of: "://") else {
            throw DatabaseURLError(description: "is no PostgreSQL connection string")
        }
        let rest = url[scheme.upperBound...]
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // libpq would take half of such a password for the host, and tell everybody that it does not find it.
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

    /// What other clients' pools and drivers are told this way.
    private static let ignored: Set = [
        "connection_limit", "pool_timeout", "pool_size", "schema", "socket_timeout", "command_timeout",
        "async_fallback",
        "uselibpqcompat", "loginTimeout", "socketTimeout", "tcpKeepAlive", "reWriteBatchedInserts", "ApplicationName",
    ]

    /// What to write so that a server is reached that could not be verified.
    /// - Parameter message: of libpq.
    func advice(whenUntrusted message: String) -> String {
        if message.contains("does not support SSL") {
            return "It does not speak TLS. If nobody else can listen on the way to it, add sslmode=disable to the "
                + "connection string."
        }
        return
            "Add sslrootcert=/path/to/root.crt to the connection string, with the root certificate that your provider "
            + "publishes, or sslmode=require to encrypt without checking who answers."
    }

    /// Whether libpq understands the string; it is not connected to.
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
                "DATABASE_URL is no connection string that libpq understands; one is postgresql://user:password@host/database"
        )
    }

    var parameters: [(keyword: String, value: String)] {
        [
            ("dbname", text), ("fallback_application_name", "latchkey"), ("client_encoding", "UTF8"),
            // A server that is gone without a word is noticed, also by the connection that only listens.
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
        ]
    }
}
