import Basics

/// Selects audit rows.
package struct AuditQuery: Sendable {
    package var user: UserID?
    package var author: AuditAuthor?
    package var event: String?
    package var since: Timestamp?
    package var until: Timestamp?
    /// Only rows after this one.
    package var after: Int64 = 0
    /// Only rows before this one.
    package var before: Int64 = .max
    package var limit: Int

    package init(
        user: UserID? = nil, author: AuditAuthor? = nil, event: String? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil, limit: Int
    ) {
        self.user = user
        self.author = author
        self.event = event
        self.since = since
        self.until = until
        self.limit = limit
    }
}
