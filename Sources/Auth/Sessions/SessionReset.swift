/// The effect of a password change on the user's sessions. Unless all stay, all API tokens end too.
package enum SessionReset: Sendable {
    /// All sessions stay.
    case none
    /// All sessions but the current one end.
    case others
    /// All sessions end, and a new one begins.
    case all(isRemembered: Bool)
}
