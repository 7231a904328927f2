import Glibc

extension DatabaseURL {
    /// The purpose that a database is opened for.
    package enum Purpose: Sendable {
        /// Requests, each of which must be answered soon.
        /// - `reserve`: bytes that tasks leave free on the disk of an SQLite file.
        case serving(connections: Int, limit: Duration, reserve: Int64 = 0)
        /// One command, without a time limit.
        case command
    }

    /// Opens the database and migrates its schema.
    /// - Parameter onWait: called once if startup has to wait for the database.
    /// - Throws: `StorageError`, `DatabaseURLError`.
    package func open(for purpose: Purpose, onWait: (String) -> Void = { _ in }) throws -> any Database {
        switch self {
        case .sqlite(let path):
            guard case .serving(_, _, let reserve) = purpose else { return try SQLiteDatabase(path: path) }
            return try SQLiteDatabase(path: path, reserve: reserve)
        case .postgres(let server):
            var options = PostgresDatabase.Options()
            switch purpose {
            case .serving(let connections, let limit, _): (options.connections, options.limit) = (connections, limit)
            case .command: (options.connections, options.limit) = (1, .seconds(4 * 3600))
            }
            return try PostgresDatabase(server, options: options, onWait: onWait)
        }
    }

    /// Reads one of our databases without changes: it is neither created nor migrated.
    /// - Returns: nil if there is none, or it is empty.
    package func peek<Value>(_ work: (any Connection) throws -> Value) throws -> Value? {
        switch self {
        case .sqlite(let path):
            guard access(path, F_OK) == 0 else { return nil }
            let connection = try ForeignDatabase(path: path).connect()
            defer { connection.close() }
            return try peek(on: connection, work)
        case .postgres(let server):
            let connection = try PostgresConnection(to: server, for: .seconds(4 * 3600))
            defer { connection.close() }
            try connection.runText("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return try peek(on: connection, work)
        }
    }

    private func peek<Value>(
        on connection: any Connection, _ work: (any Connection) throws -> Value
    ) throws -> Value? {
        let tables = try connection.rows(connection.dialect.tableNames) { $0.text(0) }
        guard !tables.isEmpty else { return nil }
        guard tables.contains("schema_migrations"), try Migrations.version(on: connection) == Migrations.latestVersion
        else {
            throw StorageError.unusable(
                "\(place) is not a database of this version of Latchkey. Start the server once.")
        }
        return try work(connection)
    }

    /// The database's location for messages: the file, or the server without anything that could hold a password.
    package var place: String {
        switch self {
        case .sqlite(let path): path
        case .postgres: "The PostgreSQL database"
        }
    }
}
