/// A permission of an API token, in the words of OAuth's `scope` (RFC 6749, section 3.3). None includes another.
package enum TokenScope: String, Sendable, CaseIterable {
    case tasksRead = "tasks:read"
    case tasksWrite = "tasks:write"
    case accountRead = "account:read"
    /// Only admins' tokens can have it.
    case adminRead = "admin:read"
}
