/// What a look at a hash says of a password.
package enum PasswordVerdict: Sendable, Equatable {
    case wrong
    /// An outdated hash is to be replaced now that its password is known.
    case right(isOutdated: Bool)
}
