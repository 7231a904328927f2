/// Something to do. (Not `Task`: that name is Swift's, and shadowing it breaks `Task { }` in every file.)
package struct TaskItem: Sendable, Hashable, Identifiable {
    package var id: TaskID
    package var ownerID: UserID
    package var title: String
    package var details: String?
    /// When it was done; nil while it is open. The wire's `completed` and `completed_at` are both this.
    package var completedAt: Timestamp?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package var isCompleted: Bool { completedAt != nil }

    package init(
        id: TaskID, ownerID: UserID, title: String, details: String?, completedAt: Timestamp?, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.ownerID = ownerID
        self.title = title
        self.details = details
        self.completedAt = completedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// A title that keeps the rules: 1–200 Unicode scalars after trimming, no NUL.
package struct TaskTitle: Sendable, Hashable {
    package let text: String
    package static let maximumLength = 200

    package init(_ input: String) throws(AppError) {
        let trimmed = input.trimmingWhitespace()
        guard !trimmed.isEmpty else {
            throw .invalid([FieldIssue("title", "Enter a title.", .tooShort)])
        }
        guard trimmed.unicodeScalars.count <= Self.maximumLength else {
            throw .invalid([
                FieldIssue("title", "The title may have at most \(Self.maximumLength) characters.", .tooLong)
            ])
        }
        guard !trimmed.utf8.contains(0) else {
            throw .invalid([FieldIssue("title", "The title may not contain a NUL character.", .wrongValue)])
        }
        text = String(trimmed)
    }
}

/// A description that keeps the rules: at most 10,000 Unicode scalars, no NUL, otherwise kept as typed.
package struct TaskDetails: Sendable, Hashable {
    package let text: String
    package static let maximumLength = 10_000

    package init(_ input: String) throws(AppError) {
        guard input.unicodeScalars.count <= Self.maximumLength else {
            throw .invalid([FieldIssue("description", "The description may have at most 10,000 characters.", .tooLong)])
        }
        guard !input.utf8.contains(0) else {
            throw .invalid([FieldIssue("description", "The description may not contain a NUL character.", .wrongValue)])
        }
        text = input
    }
}

/// What a new task, or one that is replaced as a whole, consists of.
package struct TaskDraft: Sendable, Hashable {
    package var title: TaskTitle
    package var details: TaskDetails?
    package var isCompleted: Bool

    package init(title: TaskTitle, details: TaskDetails? = nil, isCompleted: Bool = false) {
        self.title = title
        self.details = details
        self.isCompleted = isCompleted
    }
}

/// What is to change; nil leaves a field as it is.
package struct TaskChanges: Sendable, Hashable {
    package var title: TaskTitle?
    /// `.some(nil)` takes the description away.
    package var details: TaskDetails??
    package var isCompleted: Bool?

    package init(title: TaskTitle? = nil, details: TaskDetails?? = nil, isCompleted: Bool? = nil) {
        self.title = title
        self.details = details
        self.isCompleted = isCompleted
    }

    package init(_ draft: TaskDraft) {
        self.init(title: draft.title, details: .some(draft.details), isCompleted: draft.isCompleted)
    }

    package var isEmpty: Bool { title == nil && details == nil && isCompleted == nil }
}

/// Which part of a list: newest first, at most `limit`, older than `cursor`.
package struct TaskQuery: Sendable, Hashable {
    package var isCompleted: Bool?
    package var limit: Int
    package var cursor: TaskID?

    package static let limits = 1...100
    package static let defaultLimit = 50

    package init(isCompleted: Bool? = nil, limit: Int = Self.defaultLimit, cursor: TaskID? = nil) {
        self.isCompleted = isCompleted
        self.limit = min(max(limit, Self.limits.lowerBound), Self.limits.upperBound)
        self.cursor = cursor
    }
}

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
    package let ownerID: UserID
    /// Where the next page begins, once all rows were read: the last id shown, or nil on the last page.
    package private(set) var nextCursor: TaskID?
    private let step: () throws -> TaskRow?
    private var left: Int
    private var lastID: TaskID?

    /// - Parameter step: the next row of one more than `limit`, or nil.
    package init(of ownerID: UserID, limit: Int, _ step: @escaping () throws -> TaskRow?) {
        self.ownerID = ownerID
        self.step = step
        left = limit
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

/// One page of a list, and where the next begins.
package struct TaskPage: Sendable, Hashable {
    package var tasks: [TaskItem]
    /// The last id shown; nil on the last page.
    package var nextCursor: TaskID?
}
