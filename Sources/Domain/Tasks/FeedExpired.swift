/// The changes since a token are no longer known: they are too many, or a backup was restored.
package struct FeedExpired: Error, Sendable {
    package init() {}
}
