/// Something that was changed, as it is now.
package struct FeedChange: Sendable {
    package let kind: ItemKind
    package let id: String
    /// Nil for a deleted thing.
    package let item: FeedItem?
    /// The place after this change.
    package let token: FeedToken

    /// The size of its texts in bytes, about.
    package var size: Int { item?.size ?? FeedItem.overhead }

    package init(kind: ItemKind, id: String, item: FeedItem?, token: FeedToken) {
        (self.kind, self.id, self.item, self.token) = (kind, id, item, token)
    }
}
