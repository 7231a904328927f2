/// The outcome of removing something that signs in.
package enum WayInRemoval: Sendable {
    case removed
    /// The user has no such thing.
    case gone
    /// The user could not sign in any more.
    case lastWayIn
}
