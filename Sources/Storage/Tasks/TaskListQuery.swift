import Domain

/// The statements that read a page of a list.
struct TaskListQuery {
    /// A part of a list. In some orders there are tasks without a key, which come last and have an order of their own.
    struct Part {
        let condition: SQL?
        let order: TaskOrder
        /// The place where the page begins.
        let cursor: TaskCursor?
    }

    let owner: UserID
    let query: TaskQuery
    let dialect: Dialect
    /// The number of the owner's words; nil if there are none.
    let searchKey: Int64?

    private var filter: TaskFilter { query.filter }

    /// The parts that may have rows of the page.
    var parts: [Part] {
        guard !filter.isEmpty, filter.words.isEmpty || searchKey != nil else { return [] }
        let (hasKey, hasNone): (SQL, SQL)
        switch query.order.key {
        case .due: (hasKey, hasNone) = ("due IS NOT NULL", "due IS NULL")
        case .priority: (hasKey, hasNone) = ("priority > 0", "priority = 0")
        default: return [Part(condition: nil, order: query.order, cursor: query.cursor)]
        }
        let first = Part(condition: hasKey, order: query.order, cursor: query.cursor)
        if query.order.key == .due, filter.due != nil || filter.hasDue == true { return [first] }
        let isInRest = query.cursor.map { query.order.key == .due ? $0.key?.isEmpty ?? true : $0.number == 0 } ?? false
        let rest = Part(condition: hasNone, order: .newestFirst, cursor: isInRest ? query.cursor : nil)
        return isInRest ? [rest] : [first, rest]
    }

    /// Reads one row more than the page has, to detect if there is a next page.
    /// - Parameter cursor: the place where to begin.
    func statement(_ part: Part, after cursor: TaskCursor?) -> SQL {
        var conditions = conditions
        if let condition = part.condition { conditions.append(condition) }
        if let searchKey, !filter.words.isEmpty {
            if dialect == .sqlite, part.order.key == .creation {
                return TaskSearch.sqlite(
                    filter.words, searchKey, owner, part.order, query.limit, after: cursor, conditions)
            }
            conditions.append(TaskSearch.condition(filter.words, searchKey, of: owner, dialect))
        }
        conditions += Self.after(cursor, in: part.order)
        return """
            SELECT \(TaskStatements.columns) FROM tasks \(index(part))
             WHERE user_id = \(owner) AND \(SQL.joined(conditions, by: " AND "))
             ORDER BY \(Self.terms(part.order)) LIMIT \(query.limit + 1)
            """
    }

    /// Counts the tasks that the filter selects, which must not have words; where it has a range of times, those that
    /// are in it whatever their zones.
    func count(upTo maximum: Int) -> SQL {
        """
        SELECT COUNT(*) FROM (
            SELECT 1 \(selection(conditions + [innerRange].compactMap(\.self))) LIMIT \(maximum)
        ) AS counted
        """
    }

    /// The due times of the tasks that `count` leaves out: their zones decide if they are in the filter's range. Nil
    /// without a range.
    func dueTimesAtEdges(upTo maximum: Int) -> SQL? {
        innerRange.map { "SELECT due \(selection(conditions + ["NOT (\($0))"])) LIMIT \(maximum)" }
    }

    private func selection(_ conditions: [SQL]) -> SQL {
        """
        FROM tasks \(index(Part(condition: nil, order: query.order, cursor: nil)))
         WHERE user_id = \(owner) AND \(SQL.joined(conditions, by: " AND "))
        """
    }

    private var innerRange: SQL? {
        guard let range = filter.due else { return nil }
        guard let (from, until) = range.innerStoredBounds else { return "due < ''" }
        let conditions: [SQL] = [from.map { "due >= \($0)" }, until.map { "due < \($0)" }].compactMap(\.self)
        return conditions.isEmpty ? nil : SQL.joined(conditions, by: " AND ")
    }

    /// The index for SQLite, which has no statistics to choose by. Lists by tag and searches go by the ids of their tasks.
    private func index(_ part: Part) -> SQL {
        if filter.isInTrash || !filter.tags.isEmpty || !filter.words.isEmpty { return "" }
        if filter.listID != nil { return dialect.using("tasks_by_list") }
        if filter.isCompleted != nil {
            if part.order.key == .due || filter.due != nil { return dialect.using("tasks_by_due") }
            if part.order.key == .priority { return dialect.using("tasks_by_priority") }
        }
        return filter.isCompleted == nil ? "" : dialect.using("tasks_by_state")
    }

    private var conditions: [SQL] {
        var all: [SQL] = [filter.isInTrash ? "deleted_at > 0" : "deleted_at = 0"]
        if let isCompleted = filter.isCompleted { all.append("completed = \(isCompleted)") }
        if let listID = filter.listID { all.append("list_id = \(listID)") }
        if let priority = filter.priority {
            all.append("priority BETWEEN \(priority.numbers.lowerBound) AND \(priority.numbers.upperBound)")
        }
        if let has = filter.hasDescription { all.append(has ? "description <> ''" : "COALESCE(description, '') = ''") }
        if let has = filter.hasTags { all.append(has ? "tags IS NOT NULL" : "tags IS NULL") }
        if let has = filter.hasDue { all.append(has ? "due IS NOT NULL" : "due IS NULL") }
        if let due = filter.due {
            let (from, until) = due.storedBounds
            all.append("due IS NOT NULL")
            if let from { all.append("due >= \(from)") }
            if let until { all.append("due < \(until)") }
        }
        for tag in filter.tags {
            all.append("id IN (SELECT task_id FROM task_tags WHERE user_id = \(owner) AND name_key = \(tag))")
        }
        return all
    }

    /// The rows of the pages after a place.
    private static func after(_ cursor: TaskCursor?, in order: TaskOrder) -> [SQL] {
        guard let cursor else { return [] }
        let (key, id) = (cursor.key ?? "", cursor.id)
        return switch (order.key, order.isDescending) {
        case (.creation, true): ["id < \(id)"]
        case (.creation, false): ["id > \(id)"]
        case (.lastChange, true), (.deletion, true): ["(\(column(order)), id) < (\(cursor.number), \(id))"]
        case (.lastChange, false), (.deletion, false): ["(\(column(order)), id) > (\(cursor.number), \(id))"]
        case (.position, _), (.due, _): ["(\(column(order)), id) > (\(key), \(id))"]
        case (.priority, _): ["priority >= \(cursor.number)", "(priority > \(cursor.number) OR id < \(id))"]
        }
    }

    private static func column(_ order: TaskOrder) -> SQLColumns {
        switch order.key {
        case .creation: SQLColumns("id")
        case .lastChange: SQLColumns("updated_at")
        case .position: SQLColumns("position")
        case .due: SQLColumns("due")
        case .priority: SQLColumns("priority")
        case .deletion: SQLColumns("deleted_at")
        }
    }

    /// The terms of ORDER BY.
    private static func terms(_ order: TaskOrder) -> SQLColumns {
        switch (order.key, order.isDescending) {
        case (.creation, true): SQLColumns("id DESC")
        case (.creation, false): SQLColumns("id")
        case (.lastChange, true): SQLColumns("updated_at DESC, id DESC")
        case (.lastChange, false): SQLColumns("updated_at, id")
        case (.position, _): SQLColumns("position, id")
        case (.due, _): SQLColumns("due, id")
        case (.priority, _): SQLColumns("priority, id DESC")
        case (.deletion, true): SQLColumns("deleted_at DESC, id DESC")
        case (.deletion, false): SQLColumns("deleted_at, id")
        }
    }
}
