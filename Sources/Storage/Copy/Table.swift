/// One of our tables, as seen by `DatabaseCopy`.
struct Table: Sendable {
    let name: String
    /// The columns of the primary key, in order.
    let key: [String]
    /// The number of rows per statement; network latency is paid once for all of them.
    var batch = 500
    /// True for a table whose rows result from those of others.
    var isFilledByTriggers = false

    /// All tables to copy, referenced ones before those that refer to them.
    static let all = [
        Table(name: "users", key: ["id"]),
        Table(name: "sessions", key: ["id"]),
        Table(name: "api_tokens", key: ["id"]),
        Table(name: "second_factors", key: ["user_id"]),
        Table(name: "recovery_codes", key: ["id"]),
        Table(name: "waiting_resets", key: ["user_id"]),
        Table(name: "passkeys", key: ["id"]),
        Table(name: "former_apps", key: ["user_id", "activated_at"]),
        Table(name: "former_recovery_codes", key: ["id"]),
        Table(name: "former_passkeys", key: ["id"]),
        Table(name: "linked_accounts", key: ["id"]),
        Table(name: "second_factor_failures", key: ["user_id", "origin"]),
        // By the key that SQLite clusters the table by; PostgreSQL sorts one user's tasks at a time.
        Table(name: "tasks", key: ["user_id", "deleted_at", "id"]),
        Table(name: "task_usage", key: ["user_id"]),
        Table(name: "lists", key: ["user_id", "id"], isFilledByTriggers: true),
        Table(name: "tags", key: ["user_id", "id"]),
        Table(name: "task_tags", key: ["user_id", "name_key", "task_id"]),
        Table(name: "saved_views", key: ["user_id", "id"]),
        Table(name: "completions", key: ["user_id", "task_id", "id"]),
        Table(name: "reminders", key: ["user_id", "task_id", "number"]),
        Table(name: "undo_steps", key: ["user_id", "undo_id", "number"]),
        Table(name: "stored_answers", key: ["user_id", "digest"]),
        Table(name: "epochs", key: ["user_id"], isFilledByTriggers: true),
        Table(name: "changes", key: ["user_id", "sequence"], isFilledByTriggers: true),
        Table(name: "signing_keys", key: ["id"]),
        Table(name: "identities", key: ["issuer", "subject"]),
        Table(name: "secret_check", key: ["id"]),
        Table(name: "admin_setup", key: ["id"]),
        Table(name: "account_links", key: ["token_digest"]),
        Table(name: "mail_outbox", key: ["id"]),
        Table(name: "invitations", key: ["id"]),
        Table(name: "known_devices", key: ["digest"]),
        // Each row may hold a quarter of a MiB.
        Table(name: "pictures", key: ["user_id"], batch: 8),
        Table(name: "audit_events", key: ["number"]),
        Table(name: "audit_head", key: ["id"]),
        Table(name: "audit_checkpoint", key: ["id"]),
    ]
    /// Tables that each database creates for itself, and those with short-lived data.
    static func uncopied(_ dialect: Dialect) -> [String] {
        [
            "schema_migrations", "throttles", "search_keys", "task_words", "pending_factors", "sign_in_challenges",
            "used_challenges", "provider_flows",
        ] + (dialect == .sqlite ? sqliteIndex : [])
    }

    /// SQLite keeps the index of words in tables; each database makes its own from the tasks.
    private static let sqliteIndex = [
        "task_search", "task_search_config", "task_search_data", "task_search_idx",
    ]

    struct Column: Sendable {
        enum Kind: String {
            case text, bigint, boolean
            case blob
            /// PostgreSQL's name for the same.
            case bytea
        }

        let name: String
        let kind: Kind

        func value(of row: any Row, _ index: Int) -> SQLValue {
            guard !row.isNull(index) else { return .null }
            switch kind {
            case .text: return .text(row.text(index))
            case .blob, .bytea: return .bytes(row.blob(index))
            case .bigint: return .integer(row.integer(index))
            case .boolean: return .bool(row.bool(index))
            }
        }
    }

    func columns(on connection: any Connection) throws -> [Column] {
        try connection.rows(connection.dialect.columns(of: name)) { row in
            guard let kind = Column.Kind(rawValue: row.text(1).lowercased()) else {
                throw StorageError.failed("\(name) has a column of the unknown type \(row.text(1)).")
            }
            return Column(name: row.text(0), kind: kind)
        }
    }

    func count(on connection: any Connection) throws -> Int {
        Int(try connection.row(SQL(trusted: "SELECT COUNT(*) FROM \(name)")) { $0.integer(0) } ?? 0)
    }

    /// Rows in key order; `last` is the key of the last one read.
    func page(_ columns: [Column], after last: [SQLValue]?, limit: Int) -> SQL {
        let keys = SQL(trusted: key.joined(separator: ", "))
        let condition: SQL = last.map { "WHERE (\(keys)) > (\(Self.list($0))) " } ?? ""
        return "SELECT \(Self.list(columns)) FROM \(SQL(trusted: name)) \(condition)ORDER BY \(keys) LIMIT \(limit)"
    }

    func insertion(of rows: [[SQLValue]], _ columns: [Column]) -> SQL {
        let tuples = SQL.joined(rows.map { "(\(Self.list($0)))" }, by: ", ")
        return "INSERT INTO \(SQL(trusted: name)) (\(Self.list(columns))) VALUES \(tuples)"
    }

    private static func list(_ columns: [Column]) -> SQL { SQL(trusted: columns.map(\.name).joined(separator: ", ")) }

    private static func list(_ values: [SQLValue]) -> SQL { .joined(values.map(SQL.init(value:)), by: ", ") }
}
