/// The result of checking a password against a hash.
package enum PasswordVerdict: Sendable, Equatable {
    case wrong
    /// The password is right; an outdated hash should be replaced now that it is known.
    case right(isOutdated: Bool)
}
