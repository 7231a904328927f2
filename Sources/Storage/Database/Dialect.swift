/// The two databases, and all differences in the SQL that they are given.
package enum Dialect: Sendable {
    case sqlite
    case postgres

    /// Clusters a table by its primary key, so that one user's tasks are adjacent on disk, which makes reading them
    /// faster on SQLite. PostgreSQL only has tables with separate indexes.
    var clustered: String {
        switch self {
        case .sqlite: "WITHOUT ROWID"
        case .postgres: ""
        }
    }

    /// The type of a column that is compared and sorted by its bytes, as in SQLite, whatever the PostgreSQL server's
    /// locale.
    var key: String {
        switch self {
        case .sqlite: "TEXT"
        case .postgres: "TEXT COLLATE \"C\""
        }
    }

    /// A user's name as users are found by it: without ASCII case, and compared by its bytes.
    var nameKey: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("lower(username)")
        case .postgres: SQLColumns("lower(username COLLATE \"C\")")
        }
    }

    /// The type of a binary column.
    var bytes: String {
        switch self {
        case .sqlite: "BLOB"
        case .postgres: "BYTEA"
        }
    }

    /// A text that is different in each row.
    var randomText: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("(lower(hex(randomblob(16))))")
        case .postgres: SQLColumns("gen_random_uuid()::text")
        }
    }

    /// Makes SQLite use this index of a table that is clustered by a key which seems as good: it does not know how many
    /// rows have a value. PostgreSQL does.
    func using(_ index: SQL) -> SQL {
        switch self {
        case .sqlite: "INDEXED BY \(index)"
        case .postgres: ""
        }
    }

    /// Ends a SELECT whose row must not change before this transaction ends. SQLite has one writer at a time.
    var sharedRowLock: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("")
        case .postgres: SQLColumns("FOR SHARE")
        }
    }

    /// Like `sharedRowLock`, but exclusive: of two transactions that request it, one waits for the other.
    var rowLock: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("")
        case .postgres: SQLColumns("FOR NO KEY UPDATE")
        }
    }

    /// Ends a SELECT of rows to take, so that transactions which run at the same time take different ones.
    var skippingLockedRows: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("")
        case .postgres: SQLColumns("FOR UPDATE SKIP LOCKED")
        }
    }

    /// Begins a transaction that changes the schema.
    var beginExclusive: SQL {
        switch self {
        case .sqlite: "BEGIN IMMEDIATE"
        case .postgres: "BEGIN ISOLATION LEVEL READ COMMITTED"
        }
    }

    /// A table's columns with their types, by name: their order in the table may differ between the databases.
    func columns(of table: String) -> SQL {
        switch self {
        case .sqlite: "SELECT name, type FROM pragma_table_info(\(table)) ORDER BY name"
        case .postgres:
            """
            SELECT column_name, data_type FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = \(table) ORDER BY column_name COLLATE "C"
            """
        }
    }

    /// The names of all tables, to tell an empty database from a foreign one.
    var tableNames: SQL {
        switch self {
        case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        case .postgres: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        }
    }
}
