import Calendar
import Domain

extension Connection {
    /// Reads a page of a list.
    func tasks(of owner: UserID, matching query: TaskQuery, in zones: TimeZoneDatabase) throws -> TaskRows {
        let key = query.filter.words.isEmpty ? nil : try knownSearchKey(owner)
        let list = TaskListQuery(owner: owner, query: query, dialect: dialect, searchKey: key)
        var rows = TaskRows(expecting: min(query.limit, TaskQuery.defaultLimit))
        for part in list.parts where !rows.isCut {
            try read(part, of: list, into: &rows, in: zones)
        }
        return rows
    }

    /// Reads the rows of a part until the page is full. What SQL cannot tell is checked here, and more is read for what
    /// that leaves out.
    private func read(
        _ part: TaskListQuery.Part, of list: TaskListQuery, into rows: inout TaskRows, in zones: TimeZoneDatabase
    ) throws {
        let query = list.query
        var cursor = part.cursor
        var isLast = false
        while !isLast, !rows.isCut {
            var (read, isLastExcluded) = (0, false)
            try withRows(list.statement(part, after: cursor)) { next in
                while let row = try next() {
                    guard rows.count < query.limit, rows.textSize < query.maximumTextSize else {
                        rows.isCut = true
                        break
                    }
                    read += 1
                    row.append(to: &rows)
                    guard let range = query.filter.due else { continue }
                    isLastExcluded = rows[rows.count - 1].due.map { !range.contains($0, in: zones) } ?? false
                    if isLastExcluded {
                        cursor = rows.cursor(at: rows.count - 1, in: part.order)
                        rows.removeLast()
                    }
                }
            }
            isLast = read <= query.limit
            if !isLast, !isLastExcluded, rows.count > 0 { cursor = rows.cursor(at: rows.count - 1, in: part.order) }
        }
    }
}
