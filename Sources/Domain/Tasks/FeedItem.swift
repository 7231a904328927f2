/// A thing in the feed of changes.
package enum FeedItem: Sendable {
    case task(TaskItem)
    case list(TaskList)
    case tag(Tag)
    case view(SavedView)
}
