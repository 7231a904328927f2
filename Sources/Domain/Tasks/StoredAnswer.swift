/// The answer to a request that was carried out, kept for the case that the request is sent again.
package struct StoredAnswer: Sendable, Hashable {
    /// SHA-256 of the request's body, hexadecimal.
    package let bodyDigest: String
    /// The HTTP status.
    package let status: Int
    /// The location of the created thing.
    package let location: String?
    /// The entity tag.
    package let tag: String?
    /// The token that undoes the change.
    package let undo: String?
    /// JSON.
    package let body: String

    package init(bodyDigest: String, status: Int, location: String?, tag: String?, undo: String?, body: String) {
        (self.bodyDigest, self.status, self.location) = (bodyDigest, status, location)
        (self.tag, self.undo, self.body) = (tag, undo, body)
    }

    /// Bytes that it counts for in its owner's quota.
    package var size: Int64 { Int64(body.utf8.count) + TaskItem.overhead }

    /// The time for which an answer is kept: 7 days, as devices may be without a network for some.
    package static let lifetimeSeconds: Int64 = 7 * 86_400
}
