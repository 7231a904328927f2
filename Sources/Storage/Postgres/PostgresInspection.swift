import Basics

/// A PostgreSQL server and the database on it, as they are: nothing is created or migrated.
package struct PostgresInspection: Sendable {
    /// Such as `15.18 (Debian 15.18-0+deb12u1)`.
    package let serverVersion: String
    /// The major version.
    package let release: Int64
    package let maximumConnections: Int64
    /// True for a standby.
    package let isReadOnly: Bool
    /// True if tables may be created.
    package let mayCreateTables: Bool
    /// Nil in a database that was not used yet.
    package let schema: Int64?
    package let evidence: SecretEvidence
    package let lastEvent: Timestamp?

    /// - Throws: `StorageError`, `DatabaseURLError`, as a sentence without the connection string.
    package init(_ server: PostgresServer) throws {
        let connection = try PostgresConnection(to: server, for: .seconds(10))
        defer { connection.close() }
        try connection.runText("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        func number(_ sql: SQL) throws -> Int64 { try connection.row(sql) { $0.integer(0) } ?? 0 }
        serverVersion = try connection.row("SELECT current_setting('server_version')") { $0.text(0) } ?? "unknown"
        release = try number("SELECT CAST(current_setting('server_version_num') AS BIGINT) / 10000")
        maximumConnections = try number("SELECT CAST(current_setting('max_connections') AS BIGINT)")
        isReadOnly = try number("SELECT CAST(CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END AS BIGINT)") == 1
        mayCreateTables =
            try number(
                """
                SELECT CAST(CASE WHEN has_schema_privilege(current_schema(), 'CREATE') THEN 1 ELSE 0 END AS BIGINT)
                """) == 1
        let tables = try connection.rows(connection.dialect.tableNames) { $0.text(0) }
        schema = tables.contains("schema_migrations") ? try Migrations.version(on: connection) : nil
        evidence =
            tables.contains("secret_check") ? try SQLSecretCheckStore.completeEvidence(on: connection) : .none
        lastEvent = tables.contains("audit_events") ? try connection.lastEvent() : nil
    }
}
