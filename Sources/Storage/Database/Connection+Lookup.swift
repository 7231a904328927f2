extension Connection {
    /// A query for the rows of a table that have one of several keys.
    ///
    /// PostgreSQL looks up each of them by itself. As long as a table has no statistics, it expects few rows of a user, and
    /// would compare all that there are with all of the keys.
    /// - Parameters:
    ///   - conditions: those besides the key.
    ///   - key: its columns.
    ///   - values: those of each key. The statement has a few lengths only, as each is prepared.
    func lookup(
        _ columns: SQL, in table: SQL, where conditions: SQL, key: [String], among values: [[String]]
    ) -> SQL {
        let length = [1, 4, 16, 64, 256].first { $0 >= values.count } ?? values.count
        let all =
            values.map { $0.map(\.sqlValue) }
            // No row has these.
            + Array(repeating: key.map { _ in .null }, count: length - values.count)
        let keys = SQL.joined(
            all.map { tuple in "(\(SQL.joined(tuple.map(SQL.init(value:)), by: ", ")))" }, by: ", ")
        let names = SQL(trusted: key.joined(separator: ", "))
        switch dialect {
        case .sqlite:
            return "SELECT \(columns) FROM \(table) WHERE \(conditions) AND (\(names)) IN (VALUES \(keys))"
        case .postgres:
            let wanted = SQL(trusted: key.map { "wanted_\($0)" }.joined(separator: ", "))
            let matches = SQL(trusted: key.map { "\($0) = wanted_\($0)" }.joined(separator: " AND "))
            return """
                SELECT found.* FROM (VALUES \(keys)) AS wanted (\(wanted)) CROSS JOIN LATERAL (
                    SELECT \(columns) FROM \(table) WHERE \(conditions) AND \(matches) OFFSET 0
                ) AS found
                """
        }
    }
}
