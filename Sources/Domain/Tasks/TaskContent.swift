import Basics

/// The part of a task that its owner writes.
package struct TaskContent: Sendable, Hashable {
    package var title: TaskTitle
    package var description: TaskText?

    package init(title: TaskTitle, description: TaskText?) {
        self.title = title
        self.description = description
    }

    /// The largest size of all texts in bytes.
    package static let maximumSize = 4 * (TaskTitle.maximumLength + TaskText.maximumLength)

    /// The size of all texts in bytes; it counts towards the account's quota.
    package var size: Int64 { title.text.size + (description?.text.size ?? 0) }
}

/// The content of a new task, or of one that is replaced as a whole.
package struct TaskDraft: Sendable, Hashable {
    package var content: TaskContent
    package var isCompleted: Bool

    package init(_ content: TaskContent, isCompleted: Bool = false) {
        self.content = content
        self.isCompleted = isCompleted
    }
}

/// The fields to change; nil leaves a field as it is.
package struct TaskChanges: Sendable, Hashable {
    package var title: TaskTitle?
    package var description: Patch<TaskText>
    package var isCompleted: Bool?

    package init(title: TaskTitle? = nil, description: Patch<TaskText> = .keep, isCompleted: Bool? = nil) {
        self.title = title
        self.description = description
        self.isCompleted = isCompleted
    }

    /// Replaces all content.
    package init(_ content: TaskContent, isCompleted: Bool? = nil) {
        self.init(title: content.title, description: Patch(content.description), isCompleted: isCompleted)
    }

    package var isEmpty: Bool { self == TaskChanges() }

    package var changesContent: Bool { title != nil || !description.isKept }

    /// The size of the new texts in bytes.
    package var size: Int64 { (title?.text.size ?? 0) + (description.value?.text.size ?? 0) }

    package func applied(to old: TaskContent) -> TaskContent {
        TaskContent(title: title ?? old.title, description: description.applied(to: old.description))
    }
}

extension String {
    fileprivate var size: Int64 { Int64(utf8.count) }
}
