extension Connection {
    /// Reads the rows of a table that have one of several keys.
    ///
    /// PostgreSQL gets all keys in one round trip, and looks up each of them by itself: as long as a table has no
    /// statistics, it expects few rows of a user, and would compare all that there are with all of the keys. SQLite, too,
    /// would rather read all of them, and it has no round trip to save.
    /// - Parameters:
    ///   - conditions: those besides the key.
    ///   - key: its columns.
    ///   - values: those of each key.
    func lookup<Value>(
        _ columns: SQL, in table: SQL, where conditions: SQL, key: [String], among values: [[String]],
        _ value: (any Row) throws -> Value
    ) throws -> [Value] {
        switch dialect {
        case .sqlite:
            return try values.flatMap { values in
                let matches = zip(key, values).map { name, value -> SQL in "\(SQL(trusted: name)) = \(value)" }
                return try rows(
                    "SELECT \(columns) FROM \(table) WHERE \(conditions) AND \(SQL.joined(matches, by: " AND "))", value
                )
            }
        case .postgres:
            return try rows(Self.postgresLookup(columns, in: table, where: conditions, key: key, among: values), value)
        }
    }

    static func postgresLookup(
        _ columns: SQL, in table: SQL, where conditions: SQL, key: [String], among values: [[String]]
    ) -> SQL {
        // No row has these.
        let missing = Array(
            repeating: key.map { _ in SQLValue.null }, count: SQL.listLength(for: values.count) - values.count)
        let all = values.map { $0.map(\.sqlValue) } + missing
        let keys = SQL.joined(
            all.map { tuple in "(\(SQL.joined(tuple.map(SQL.init(value:)), by: ", ")))" }, by: ", ")
        let wanted = SQL(trusted: key.map { "wanted_\($0)" }.joined(separator: ", "))
        let matches = SQL(trusted: key.map { "\($0) = wanted_\($0)" }.joined(separator: " AND "))
        return """
            SELECT found.* FROM (VALUES \(keys)) AS wanted (\(wanted)) CROSS JOIN LATERAL (
                SELECT \(columns) FROM \(table) WHERE \(conditions) AND \(matches) OFFSET 0
            ) AS found
            """
    }
}
