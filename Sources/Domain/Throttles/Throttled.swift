/// Too many attempts: the limit that was reached, and when to retry.
package struct Throttled: Sendable, Equatable {
    package let limit: Int
    /// Rounded up, at least 1.
    package let retryAfterSeconds: Int

    package init(limit: Int, retryAfterSeconds: Int) {
        self.limit = limit
        self.retryAfterSeconds = retryAfterSeconds
    }
}
