/// The two databases, and all that differs in the SQL that they are given.
package enum Dialect: Sendable {
    case sqlite
    case postgres

    /// Keeps a table in the order of its primary key, so that one user's tasks lie side by side on disk. Measured
    /// on SQLite, reading 20 of them takes 52–71 % of the time that a table with an index beside it takes.
    /// PostgreSQL has only the table with the index.
    var clustered: String {
        switch self {
        case .sqlite: "WITHOUT ROWID"
        case .postgres: ""
        }
    }

    /// The type of a column that is compared and sorted: by its bytes, as SQLite does, whatever the language that a
    /// PostgreSQL server was set up for.
    var key: String {
        switch self {
        case .sqlite: "TEXT"
        case .postgres: "TEXT COLLATE \"C\""
        }
    }

    /// The type of a column of bytes that are no text.
    var bytes: String {
        switch self {
        case .sqlite: "BLOB"
        case .postgres: "BYTEA"
        }
    }

    /// Bytes that a row of tasks, or of deleted ones, takes: `TaskSize` in SQL.
    var taskSize: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("(128 + length(CAST(title AS BLOB)) + COALESCE(length(CAST(description AS BLOB)), 0))")
        case .postgres: SQLColumns("(128 + octet_length(title) + COALESCE(octet_length(description), 0))")
        }
    }

    /// Ends a SELECT whose row must not be changed before this transaction ends. SQLite has one writer at a time.
    var sharedRowLock: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("")
        case .postgres: SQLColumns("FOR SHARE")
        }
    }

    /// As `sharedRowLock`, and of two transactions that ask for it one waits for the other.
    var rowLock: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("")
        case .postgres: SQLColumns("FOR NO KEY UPDATE")
        }
    }

    /// Begins a transaction that changes the schema.
    var beginExclusive: SQL {
        switch self {
        case .sqlite: "BEGIN IMMEDIATE"
        case .postgres: "BEGIN ISOLATION LEVEL READ COMMITTED"
        }
    }

    /// A table's columns with their types, in their order.
    func columns(of table: String) -> SQL {
        switch self {
        case .sqlite: "SELECT name, type FROM pragma_table_info(\(table)) ORDER BY cid"
        case .postgres:
            """
            SELECT column_name, data_type FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = \(table) ORDER BY ordinal_position
            """
        }
    }

    /// The names of all tables, to tell an empty database from somebody else's.
    var tableNames: SQL {
        switch self {
        case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        case .postgres: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        }
    }
}
