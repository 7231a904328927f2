import Basics
import Domain

extension Connection {
    /// The Inbox first, then the others in the order by hand.
    /// - Parameter condition: with `AND` before it.
    func lists(of owner: UserID, _ condition: SQL = "") throws -> [TaskList] {
        try rows(
            """
            SELECT \(TaskList.columns) FROM lists WHERE user_id = \(owner) \(condition) ORDER BY position, id
            """, TaskList.init(row:))
    }

    /// By name.
    /// - Parameter condition: with `AND` before it.
    func tags(of owner: UserID, _ condition: SQL = "") throws -> [Tag] {
        try rows(
            "SELECT \(Tag.columns) FROM tags WHERE user_id = \(owner) \(condition) ORDER BY name_key", Tag.init(row:))
    }

    /// In the order of their creation.
    /// - Parameter condition: with `AND` before it.
    func views(of owner: UserID, _ condition: SQL = "") throws -> [SavedView] {
        try rows(
            "SELECT \(SavedView.columns) FROM saved_views WHERE user_id = \(owner) \(condition) ORDER BY id",
            SavedView.init(row:))
    }
}

extension TaskList {
    static let columns: SQL = "id, name, color, position, archived, created_at, updated_at"

    /// - Parameter row: of ``columns``.
    init(row: any Row) {
        self.init(
            id: ListID(rawValue: row.text(0)), name: ItemName(stored: row.text(1)),
            color: ListColor(rawValue: row.text(2)) ?? .gray, position: Position(rawValue: row.text(3)),
            isArchived: row.bool(4), createdAt: Timestamp(milliseconds: row.integer(5)),
            updatedAt: Timestamp(milliseconds: row.integer(6)))
    }
}

extension Tag {
    static let columns: SQL = "id, name, created_at, updated_at"

    /// - Parameter row: of ``columns``.
    init(row: any Row) {
        self.init(
            id: TagID(rawValue: row.text(0)), name: ItemName(stored: row.text(1)),
            createdAt: Timestamp(milliseconds: row.integer(2)), updatedAt: Timestamp(milliseconds: row.integer(3)))
    }
}

extension SavedView {
    static let columns: SQL = "id, name, query, created_at, updated_at"

    /// - Parameter row: of ``columns``.
    init(row: any Row) {
        self.init(
            id: ViewID(rawValue: row.text(0)), name: ItemName(stored: row.text(1)), query: row.text(2),
            createdAt: Timestamp(milliseconds: row.integer(3)), updatedAt: Timestamp(milliseconds: row.integer(4)))
    }
}
