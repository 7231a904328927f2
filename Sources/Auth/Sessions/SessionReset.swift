/// What becomes of a user's sessions when the password changes.
package enum SessionReset: Sendable {
    /// They stay as they are.
    case none
    /// All end but the one that asks.
    case others
    /// All end, and a new one begins.
    case all(isRemembered: Bool)
}
