/// The fields that users may change about themselves; nil leaves a field as it is.
package struct UserChanges: Sendable, Hashable {
    /// `.some(nil)` removes the name.
    package var username: String??
    package var image: String??
    /// The picture that `image` names, if it is one of ours. The user's previous picture is deleted when `image`
    /// changes.
    package var picture: Picture?

    package init() {}
}
