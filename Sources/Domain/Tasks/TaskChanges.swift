import Basics

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
