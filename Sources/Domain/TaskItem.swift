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

/// A title that keeps the rules: something to see, at most 200 Unicode scalars after trimming, no NUL.
package struct TaskTitle: Sendable, Hashable {
    package let text: String
    package static let maximumLength = 200

    package init(_ input: String) throws(AppError) {
        let trimmed = input.trimmingWhitespace()
        guard trimmed.isVisible else {
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
    /// Bytes of titles and descriptions after which a page of whole tasks ends, however few those are.
    package static let maximumTextSize = 256 * 1024

    package init(isCompleted: Bool? = nil, limit: Int = Self.defaultLimit, cursor: TaskID? = nil) {
        self.isCompleted = isCompleted
        self.limit = min(max(limit, Self.limits.lowerBound), Self.limits.upperBound)
        self.cursor = cursor
    }
}

/// One page of a list, and where the next begins.
package struct TaskPage: Sendable, Hashable {
    package var tasks: [TaskItem]
    /// The last id shown; nil on the last page.
    package var nextCursor: TaskID?
}
