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
        let latest = try feedToken(of: owner)
        guard latest.epoch.hasSameBytes(as: token.epoch), try knows(token, of: owner) else { throw FeedExpired() }
        let rows = try self.rows(
            """
            SELECT sequence, nonce, kind, item_id FROM changes
             WHERE user_id = \(owner) AND sequence > \(token.sequence) ORDER BY sequence LIMIT \(limit + 1)
            """
        ) { row in
            (
                token: FeedToken(epoch: token.epoch, sequence: row.integer(0), nonce: row.integer(1)),
                kind: ItemKind(rawValue: row.text(2)), id: row.text(3)
            )
        }
        // Of several changes of one thing, the last one has its state.
        var last: [String: Int] = [:]
        for (index, row) in rows.prefix(limit).enumerated() { last["\(row.kind?.rawValue ?? "") \(row.id)"] = index }
        var (changes, next, read, size) = ([FeedChange](), token, 0, 0)
        for (index, row) in rows.prefix(limit).enumerated() where size < FeedPage.maximumSize {
            (next, read) = (row.token, index + 1)
            // A kind that a newer version knows is left to it.
            guard let kind = row.kind, last["\(kind.rawValue) \(row.id)"] == index else { continue }
            let change = FeedChange(kind: kind, id: row.id, item: try item(kind, row.id, of: owner), token: row.token)
            size += change.size
            changes.append(change)
        }
        return FeedPage(changes: changes, next: next, hasMore: rows.count > read)
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

    /// Nil if it is not there, or in the trash.
    private func item(_ kind: ItemKind, _ id: String, of owner: UserID) throws -> FeedItem? {
        switch kind {
        case .task:
            try row(
                """
                SELECT \(TaskStatements.columns) FROM tasks
                 WHERE user_id = \(owner) AND \(TaskStatements.hasID(TaskID(rawValue: id), dialect))
                """, TaskItem.init(row:)
            ).map(FeedItem.task)
        case .list: try lists(of: owner, "AND id = \(id)").first.map(FeedItem.list)
        case .tag: try tags(of: owner, "AND id = \(id)").first.map(FeedItem.tag)
        case .view: try views(of: owner, "AND id = \(id)").first.map(FeedItem.view)
        case .completion: nil
        }
    }
}
