import Basics

/// One task of a list in the database's own memory: nothing is copied, and the bytes, which should be UTF-8, are valid
/// until the next row is fetched.
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

    /// Presents the task as a row, for code that works on rows.
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
