/// One task of a list as it lies in the database's own memory: nothing is copied, and the bytes, which should be UTF-8,
/// are there until the next row is asked for.
package struct TaskRow {
    package let id: UnsafeBufferPointer<UInt8>
    package let title: UnsafeBufferPointer<UInt8>
    package let details: UnsafeBufferPointer<UInt8>?
    package let completedAt: Timestamp?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package var isCompleted: Bool { completedAt != nil }

    package init(
        id: UnsafeBufferPointer<UInt8>, title: UnsafeBufferPointer<UInt8>, details: UnsafeBufferPointer<UInt8>?,
        completedAt: Timestamp?, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.title = title
        self.details = details
        self.completedAt = completedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

extension TaskItem {
    package init(_ row: TaskRow, ownerID: UserID) {
        self.init(
            id: TaskID(rawValue: String(decoding: row.id, as: UTF8.self)), ownerID: ownerID,
            title: String(decoding: row.title, as: UTF8.self),
            details: row.details.map { String(decoding: $0, as: UTF8.self) },
            completedAt: row.completedAt, createdAt: row.createdAt, updatedAt: row.updatedAt)
    }

    /// The same as a row, for what is written for rows.
    package func withRow<Value>(_ use: (TaskRow) -> Value) -> Value {
        var (id, title, details) = (id.rawValue, title, details ?? "")
        return id.withUTF8 { id in
            title.withUTF8 { title in
                details.withUTF8 { details in
                    use(
                        TaskRow(
                            id: id, title: title, details: self.details == nil ? nil : details,
                            completedAt: completedAt, createdAt: createdAt, updatedAt: updatedAt))
                }
            }
        }
    }
}

/// The tasks of a list, one after another.
package struct TaskRows {
    /// Where the next page begins, once all rows were read: the last id shown, or nil on the last page.
    package private(set) var nextCursor: TaskID?
    private let step: () throws -> TaskRow?
    private var left: Int
    private var lastID: TaskID?

    /// - Parameter step: the next row of one more than `limit`, or nil.
    package init(limit: Int, _ step: @escaping () throws -> TaskRow?) {
        self.step = step
        left = limit
    }

    /// Ends the page after the row that was read last, which still lies there.
    package mutating func endPage(after row: TaskRow) {
        guard left > 0 else { return }
        left = 0
        lastID = TaskID(rawValue: String(decoding: row.id, as: UTF8.self))
    }

    package mutating func next() throws -> TaskRow? {
        guard left > 0 else {
            if let lastID, try step() != nil { nextCursor = lastID }
            lastID = nil
            return nil
        }
        guard let row = try step() else {
            left = 0
            return nil
        }
        left -= 1
        // Its bytes are gone when it is known whether there is another.
        if left == 0 { lastID = TaskID(rawValue: String(decoding: row.id, as: UTF8.self)) }
        return row
    }
}
