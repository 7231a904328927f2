import Basics

/// One task of a list, as slices of the list's text, which should be UTF-8.
package struct TaskRow: Sendable {
    package let id: ArraySlice<UInt8>
    package let title: ArraySlice<UInt8>
    package let description: ArraySlice<UInt8>?
    package let completedAt: Timestamp?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package var isCompleted: Bool { completedAt != nil }

    package init(
        id: ArraySlice<UInt8>, title: ArraySlice<UInt8>, description: ArraySlice<UInt8>?,
        completedAt: Timestamp?, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.completedAt = completedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package init(_ task: TaskItem) {
        self.init(
            id: ArraySlice(task.id.rawValue.utf8), title: ArraySlice(task.title.utf8),
            description: task.description.map { ArraySlice($0.utf8) }, completedAt: task.completedAt,
            createdAt: task.createdAt, updatedAt: task.updatedAt)
    }
}

extension TaskItem {
    package init(_ row: TaskRow, ownerID: UserID) {
        self.init(
            id: TaskID(rawValue: String(decoding: row.id, as: UTF8.self)), ownerID: ownerID,
            title: String(decoding: row.title, as: UTF8.self),
            description: row.description.map { String(decoding: $0, as: UTF8.self) },
            completedAt: row.completedAt, createdAt: row.createdAt, updatedAt: row.updatedAt)
    }
}
