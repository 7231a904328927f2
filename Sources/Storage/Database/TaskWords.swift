import Domain

/// The words of a task as they are indexed, see `TaskSearch`.
package struct TaskWords: Sendable {
    let owner: UserID
    let task: TaskID
    let words: String

    // MARK: SQLite

    /// The usual number of a task in the index: the time and the counter in its id (RFC 9562, section 5.7). Where ids
    /// begin alike, only one has it.
    static func number(of id: TaskID) -> Int64 {
        let digits = id.rawValue.utf8.filter { $0 != UInt8(ascii: "-") }.prefix(16)
        let number = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
        // No clock gets there.
        return min(Int64(clamping: number), .max >> 1)
    }

    /// As many as one statement inserts.
    static let maximumBatch = 64

    /// Inserts the words of new tasks, as many as possible with one statement: before each, the index writes what it
    /// has received as a segment of its own.
    static func insert(_ words: [TaskWords], on connection: any Connection) throws {
        // The index also begins a segment at a number lower than the last.
        var rows = words.map { (number: number(of: $0.task), words: $0) }.sorted { $0.number < $1.number }[...]
        while !rows.isEmpty {
            // Powers of two, so that there are few statements to prepare.
            var count = maximumBatch
            while count > rows.count { count /= 2 }
            let batch = rows.prefix(count)
            rows.removeFirst(count)
            // Leaves out those whose number is taken.
            let inserted = try connection.execute("\(insertion(of: batch)) ON CONFLICT (number) DO NOTHING")
            guard inserted < count else { continue }
            for row in batch where try !row.words.isInserted(on: connection) {
                let number = try freeNumber(from: row.number, on: connection)
                try connection.execute(insertion(of: [(number: number, words: row.words)]))
            }
        }
    }

    private static func insertion(of rows: some Sequence<(number: Int64, words: TaskWords)>) -> SQL {
        let values = rows.map { row -> SQL in
            "(\(row.number), \(row.words.owner), \(row.words.task), \(row.words.words))"
        }
        return "INSERT INTO task_words (number, owner_id, task_id, words) VALUES \(SQL.joined(values, by: ", "))"
    }

    private func isInserted(on connection: any Connection) throws -> Bool {
        try connection.row("SELECT 1 FROM task_words WHERE owner_id = \(owner) AND task_id = \(task)") { _ in true }
            ?? false
    }

    /// A number after `number`, which is taken.
    private static func freeNumber(from number: Int64, on connection: any Connection) throws -> Int64 {
        // A minute's ids, about.
        let end = number + (1 << 32)
        let last = try connection.row("SELECT MAX(number) FROM task_words WHERE number BETWEEN \(number) AND \(end)") {
            $0.integer(0)
        }
        let next = (last ?? number) + 1
        let isTaken = try connection.row("SELECT 1 FROM task_words WHERE number = \(next)") { _ in true } ?? false
        guard isTaken else { return next }
        return try connection.row("SELECT MAX(number) + 1 FROM task_words") { $0.integer(0) } ?? next
    }

    // MARK: PostgreSQL

    var postgresInsertion: SQL {
        """
        INSERT INTO task_words (owner_id, task_id, words)
        VALUES (\(owner), \(task), array_to_tsvector(string_to_array(\(words), ' ')))
        """
    }
}
