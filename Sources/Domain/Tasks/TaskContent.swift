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

extension String {
    /// The size in UTF-8.
    var size: Int64 { Int64(utf8.count) }
}
