import Basics
import Domain

/// Full-text search: FTS5 in SQLite, and `tsvector` in PostgreSQL. The databases see words that were folded here, and so
/// find the same.
///
/// Each word begins with a number of its owner. A search then reads only the part of the index that has the owner's
/// words, whatever other accounts hold.
enum TaskSearch {
    // MARK: Searching

    /// A search in SQLite for the newest or the oldest tasks, which it finds in this order, and no more of them than the
    /// page has.
    /// - Parameter conditions: those on the tasks.
    static func sqlite(
        _ words: [String], _ key: Int64, _ owner: UserID, _ order: TaskOrder, _ limit: Int,
        after cursor: TaskCursor?, _ conditions: [SQL]
    ) -> SQL {
        var (tasks, terms) = (conditions, SQLColumns("task_search.rowid"))
        let isDescending = order.isDescending
        if isDescending { terms = SQLColumns("task_search.rowid DESC") }
        if let cursor {
            let known: SQL = "(SELECT number FROM task_words WHERE owner_id = \(owner) AND task_id = \(cursor.id))"
            let place: SQL = "COALESCE(\(known), \(TaskWords.number(of: cursor.id)))"
            tasks.append(isDescending ? "task_search.rowid < \(place)" : "task_search.rowid > \(place)")
        }
        return """
            SELECT \(TaskStatements.columns) FROM task_search
              CROSS JOIN task_words ON task_words.number = task_search.rowid
              CROSS JOIN tasks ON user_id = \(owner) AND deleted_at = 0 AND id = task_words.task_id
             WHERE owner_id = \(owner) AND task_search MATCH \(match(words, key)) AND \(SQL.joined(tasks, by: " AND "))
             ORDER BY \(terms) LIMIT \(limit + 1)
            """
    }

    /// The tasks that have all of these words, or words that begin with them.
    static func condition(_ words: [String], _ key: Int64, of owner: UserID, _ dialect: Dialect) -> SQL {
        switch dialect {
        case .sqlite:
            return """
                id IN (SELECT task_id FROM task_words WHERE owner_id = \(owner) AND number IN (
                    SELECT rowid FROM task_search WHERE task_search MATCH \(match(words, key))))
                """
        case .postgres:
            let match = words.map { "'\(key)·\($0)':*" }.joined(separator: " & ")
            return """
                id IN (SELECT task_id FROM task_words
                        WHERE owner_id = \(owner) AND words @@ CAST(CAST(\(match) AS TEXT) AS tsquery))
                """
        }
    }

    /// In quotes, a word is never an operator.
    private static func match(_ words: [String], _ key: Int64) -> String {
        words.map { "\"\(key)·\($0)\" *" }.joined(separator: " AND ")
    }

    // MARK: Indexing

    /// All tasks, of a database that has no words yet.
    /// - Parameter onBatch: called before each batch; ends the work by throwing.
    static func indexAll(on connection: any Connection, onBatch: () throws -> Void = {}) throws {
        let batch = 500
        let searched = SQL(trusted: TaskStatements.names(of: TaskColumn.searched))
        var last = (owner: "", deletedAt: Int64(-1), id: "")
        while true {
            try onBatch()
            let tasks = try connection.rows(
                """
                SELECT user_id, deleted_at, id, \(searched) FROM tasks
                 WHERE (user_id, deleted_at, id) > (\(last.owner), \(last.deletedAt), \(last.id))
                 ORDER BY user_id, deleted_at, id LIMIT \(batch)
                """
            ) { row in
                (
                    owner: row.text(0), deletedAt: row.integer(1), id: row.text(2),
                    texts: TaskColumn.searched.indices.compactMap { row.optionalText(3 + $0) }
                )
            }
            for task in tasks {
                let owner = UserID(rawValue: task.owner)
                try connection.index(
                    task.texts, TaskID(rawValue: task.id), of: owner, key: try connection.searchKey(owner))
            }
            guard tasks.count == batch, let end = tasks.last else { return }
            last = (end.owner, end.deletedAt, end.id)
        }
    }
}

extension Connection {
    /// The number that stands before the words of an account.
    func searchKey(_ owner: UserID) throws -> Int64 {
        if let known = try knownSearchKey(owner) { return known }
        try execute(
            """
            INSERT INTO search_keys (user_id, number)
            SELECT id, (SELECT COALESCE(MAX(number), 0) + 1 FROM search_keys) FROM users WHERE id = \(owner)
            ON CONFLICT DO NOTHING
            """)
        return try knownSearchKey(owner) ?? 0
    }

    /// Nil for an account that has no words yet.
    func knownSearchKey(_ owner: UserID) throws -> Int64? {
        try row("SELECT number FROM search_keys WHERE user_id = \(owner)") { $0.integer(0) }
    }

    /// Indexes the words of a new task.
    func index(_ texts: [String], _ id: TaskID, of owner: UserID, key: Int64) throws {
        try add(TaskWords(owner: owner, task: id, words: Self.words(of: texts, key)))
    }

    /// Indexes the words of a task that was changed.
    func reindex(_ texts: [String], _ id: TaskID, of owner: UserID, key: Int64) throws {
        let words = Self.words(of: texts, key)
        switch dialect {
        case .sqlite:
            let count = try execute(
                "UPDATE task_words SET words = \(words) WHERE owner_id = \(owner) AND task_id = \(id)")
            if count == 0 { try index(texts, id, of: owner, key: key) }
        case .postgres:
            try enqueue(
                """
                INSERT INTO task_words (owner_id, task_id, words)
                VALUES (\(owner), \(id), array_to_tsvector(string_to_array(\(words), ' ')))
                ON CONFLICT (owner_id, task_id) DO UPDATE SET words = EXCLUDED.words
                """)
        }
    }

    private static func words(of texts: [String], _ key: Int64) -> String {
        SearchWords.words(of: texts).map { "\(key)·\($0)" }.joined(separator: " ")
    }
}

extension TaskItem {
    /// The texts that a search looks at.
    var texts: [String] {
        TaskColumn.searched.compactMap { if case .text(let text) = $0.value(of: self) { text } else { nil } }
    }
}
