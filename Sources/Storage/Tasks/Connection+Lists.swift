import Basics
import Domain

extension Connection {
    /// The Inbox first, then the others in the order by hand.
    /// - Parameter condition: with `AND` before it.
    func lists(of owner: UserID, _ condition: SQL = "") throws -> [TaskList] {
        try rows(
            """
            SELECT id, name, color, position, archived, created_at, updated_at FROM lists
             WHERE user_id = \(owner) \(condition) ORDER BY position, id
            """
        ) { row in
            TaskList(
                id: ListID(rawValue: row.text(0)), name: ItemName(stored: row.text(1)),
                color: ListColor(rawValue: row.text(2)) ?? .gray, position: Position(rawValue: row.text(3)),
                isArchived: row.bool(4), createdAt: Timestamp(milliseconds: row.integer(5)),
                updatedAt: Timestamp(milliseconds: row.integer(6)))
        }
    }

    /// By name.
    /// - Parameter condition: with `AND` before it.
    func tags(of owner: UserID, _ condition: SQL = "") throws -> [Tag] {
        try rows(
            """
            SELECT id, name, created_at, updated_at FROM tags
             WHERE user_id = \(owner) \(condition) ORDER BY name_key
            """
        ) { row in
            Tag(
                id: TagID(rawValue: row.text(0)), name: ItemName(stored: row.text(1)),
                createdAt: Timestamp(milliseconds: row.integer(2)), updatedAt: Timestamp(milliseconds: row.integer(3)))
        }
    }

    /// In the order of their creation.
    /// - Parameter condition: with `AND` before it.
    func views(of owner: UserID, _ condition: SQL = "") throws -> [SavedView] {
        try rows(
            """
            SELECT id, name, query, created_at, updated_at FROM saved_views
             WHERE user_id = \(owner) \(condition) ORDER BY id
            """
        ) { row in
            SavedView(
                id: ViewID(rawValue: row.text(0)), name: ItemName(stored: row.text(1)), query: row.text(2),
                createdAt: Timestamp(milliseconds: row.integer(3)), updatedAt: Timestamp(milliseconds: row.integer(4)))
        }
    }
}
