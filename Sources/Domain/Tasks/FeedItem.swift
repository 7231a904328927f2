/// A thing in the feed of changes.
package enum FeedItem: Sendable {
    case task(TaskItem)
    case list(TaskList)
    case tag(Tag)
    case view(SavedView)

    static let overhead = 256

    /// The size of its texts in bytes, about.
    package var size: Int {
        if case .task(let task) = self { Self.overhead + Int(task.content.size) } else { Self.overhead }
    }
}
