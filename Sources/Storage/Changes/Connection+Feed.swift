import Basics
import Domain

extension Connection {
    /// The place after the account's last change.
    func feedToken(of owner: UserID, snapshot: FeedSnapshot? = nil) throws -> FeedToken {
        let last = try row(
            """
            SELECT epoch, COALESCE(changes.sequence, 0), COALESCE(changes.nonce, 0) FROM epochs
              LEFT JOIN changes ON changes.user_id = epochs.user_id
             WHERE epochs.user_id = \(owner) ORDER BY changes.sequence DESC LIMIT 1
            """
        ) { FeedToken(epoch: $0.text(0), sequence: $0.integer(1), nonce: $0.integer(2), snapshot: snapshot) }
        return last ?? FeedToken(epoch: "", sequence: 0, nonce: 0, snapshot: snapshot)
    }

    /// The things that an account has, and then what has changed since they were first read.
    /// - Parameter limit: the number of things or changes that are read.
    /// - Throws: `FeedExpired`.
    func feed(of owner: UserID, since token: FeedToken, limit: Int) throws -> FeedPage {
        if let snapshot = token.snapshot { return try feed(of: owner, since: token, in: snapshot, limit: limit) }
        guard try feedToken(of: owner).epoch.hasSameBytes(as: token.epoch), try knows(token, of: owner) else {
            throw FeedExpired()
        }
        let rows = try self.rows(
            """
            SELECT sequence, nonce, kind, item_id FROM changes
             WHERE user_id = \(owner) AND sequence > \(token.sequence) ORDER BY sequence LIMIT \(limit + 1)
            """
        ) { row in
            (
                token: FeedToken(epoch: token.epoch, sequence: row.integer(0), nonce: row.integer(1)),
                // A kind that a newer version knows is left to it.
                thing: ItemKind(rawValue: row.text(2)).map { ChangedThing(kind: $0, id: row.text(3)) }
            )
        }
        // Of several changes of one thing, the last one has its state.
        var seen = Set<ChangedThing>()
        let latest = rows.prefix(limit).reversed().compactMap { row in
            row.thing.flatMap { seen.insert($0).inserted ? (token: row.token, thing: $0) : nil }
        }
        var (changes, size) = ([FeedChange](), 0)
        for part in Array(latest.reversed()).parts(of: 64) where size < FeedPage.maximumSize {
            let items = try self.items(part.map(\.thing), of: owner)
            for (token, thing) in part where size < FeedPage.maximumSize {
                let change = FeedChange(kind: thing.kind, id: thing.id, item: items[thing], token: token)
                size += change.size
                changes.append(change)
            }
        }
        let isCut = changes.count < latest.count
        let next = isCut ? changes.last?.token : rows.prefix(limit).last?.token
        return FeedPage(changes: changes, next: next ?? token, hasMore: isCut || rows.count > limit)
    }

    /// True if all changes since the token are in the log, and its own is the one that it was.
    private func knows(_ token: FeedToken, of owner: UserID) throws -> Bool {
        guard token.sequence > 0 else {
            let first = try row("SELECT MIN(sequence) FROM changes WHERE user_id = \(owner)") { $0.optionalInteger(0) }
            return (first ?? nil) ?? 1 == 1
        }
        return try row(
            """
            SELECT 1 FROM changes
             WHERE user_id = \(owner) AND sequence = \(token.sequence) AND nonce = \(token.nonce)
            """
        ) { _ in true } ?? false
    }

    /// The things that an account has, kind by kind.
    private func feed(
        of owner: UserID, since token: FeedToken, in snapshot: FeedSnapshot, limit: Int
    ) throws -> FeedPage {
        func place(_ snapshot: FeedSnapshot?) -> FeedToken {
            FeedToken(epoch: token.epoch, sequence: token.sequence, nonce: token.nonce, snapshot: snapshot)
        }
        var (changes, size) = ([FeedChange](), 0)
        var lastID = snapshot.lastID
        for kind in FeedSnapshot.kinds.drop(while: { $0 != snapshot.kind }) {
            let room = limit - changes.count
            let items = try self.items(kind, of: owner, after: lastID ?? "", limit: room + 1)
            var read = 0
            for (id, item) in items.prefix(room) where size < FeedPage.maximumSize {
                (lastID, read) = (id, read + 1)
                let token = place(FeedSnapshot(kind: kind, lastID: id))
                let change = FeedChange(kind: kind, id: id, item: item, token: token)
                size += change.size
                changes.append(change)
            }
            if items.count > read {
                let next = place(FeedSnapshot(kind: kind, lastID: lastID))
                return FeedPage(changes: changes, next: next, hasMore: true)
            }
            lastID = nil
        }
        return FeedPage(changes: changes, next: place(nil), hasMore: true)
    }

    private func items(
        _ kind: ItemKind, of owner: UserID, after id: String, limit: Int
    ) throws -> [(id: String, item: FeedItem)] {
        switch kind {
        case .task:
            try tasks(of: owner, after: id, limit: limit).map { ($0.id.rawValue, .task($0)) }
        case .list:
            try lists(of: owner).filter { $0.id.rawValue > id }.sorted { $0.id.rawValue < $1.id.rawValue }
                .prefix(limit).map { ($0.id.rawValue, .list($0)) }
        case .tag:
            try tags(of: owner).filter { $0.id.rawValue > id }.sorted { $0.id.rawValue < $1.id.rawValue }
                .prefix(limit).map { ($0.id.rawValue, .tag($0)) }
        case .view:
            try views(of: owner).filter { $0.id.rawValue > id }.prefix(limit).map { ($0.id.rawValue, .view($0)) }
        case .completion: []
        }
    }

    /// In the order of their ids. Ends with the first that a page has no room for.
    private func tasks(of owner: UserID, after id: String, limit: Int) throws -> [TaskItem] {
        let all: SQL = """
            SELECT \(TaskStatements.columns) FROM tasks
             WHERE user_id = \(owner) AND deleted_at = 0 AND id > \(id) ORDER BY id LIMIT \(limit)
            """
        return try withRows(all) { next in
            var (tasks, size, isFull) = ([TaskItem](), 0, false)
            while !isFull, let row = try next() {
                let task = TaskItem(row: row)
                isFull = size >= FeedPage.maximumSize
                size += FeedItem.task(task).size
                tasks.append(task)
            }
            return tasks
        }
    }

    /// The items that exist and are not in the trash.
    private func items(_ things: [ChangedThing], of owner: UserID) throws -> [ChangedThing: FeedItem] {
        let ids = Dictionary(grouping: things, by: \.kind).mapValues { $0.map { [$0.id] } }
        func find<Value>(
            _ kind: ItemKind, _ columns: SQL, in table: SQL, where conditions: SQL = "TRUE",
            _ value: (any Row) throws -> Value
        ) throws -> [Value] {
            guard let ids = ids[kind] else { return [] }
            return try lookup(
                columns, in: table, where: "user_id = \(owner) AND \(conditions)", key: ["id"], among: ids, value)
        }
        var items: [ChangedThing: FeedItem] = [:]
        let (columns, isKept): (SQL, SQL) = ("\(TaskStatements.columns)", "\(TaskStatements.isKept(dialect))")
        for task in try find(.task, columns, in: "tasks", where: isKept, TaskItem.init(row:)) {
            items[ChangedThing(kind: .task, id: task.id.rawValue)] = .task(task)
        }
        for list in try find(.list, TaskList.columns, in: "lists", TaskList.init(row:)) {
            items[ChangedThing(kind: .list, id: list.id.rawValue)] = .list(list)
        }
        for tag in try find(.tag, Tag.columns, in: "tags", Tag.init(row:)) {
            items[ChangedThing(kind: .tag, id: tag.id.rawValue)] = .tag(tag)
        }
        for view in try find(.view, SavedView.columns, in: "saved_views", SavedView.init(row:)) {
            items[ChangedThing(kind: .view, id: view.id.rawValue)] = .view(view)
        }
        return items
    }
}

/// The item that a change is about.
private struct ChangedThing: Hashable {
    let kind: ItemKind
    let id: String
}
