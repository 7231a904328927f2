import Basics

/// The fields that users may change about themselves.
package struct UserChanges: Sendable, Hashable {
    package var username = Patch<String>.keep
    package var image = Patch<String>.keep
    /// The picture that `image` names, if it is one of ours. The user's previous picture is deleted when `image`
    /// changes.
    package var picture: Picture?

    /// Nil keeps it.
    package var appearance: Appearance?
    /// Nil keeps it.
    package var locale: UserLocale?
    /// Nil keeps it.
    package var mailsReminders: Bool?

    package init() {}
}
