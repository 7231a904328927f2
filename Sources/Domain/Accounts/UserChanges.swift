/// What somebody may change about themselves; nil leaves a field as it is.
package struct UserChanges: Sendable, Hashable {
    /// `.some(nil)` takes the name away.
    package var username: String??
    package var image: String??
    /// The picture that `image` names, where it is one of ours. One that the user had goes when `image` changes.
    package var picture: Picture?

    package init() {}
}
