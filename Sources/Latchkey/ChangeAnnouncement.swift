import Domain

/// Tells running servers that a command has changed something about a user.
enum ChangeAnnouncement {
    /// To be called after the write. Servers read what they know of a session again after two seconds in any case, so
    /// that is the longest that a change can stay unnoticed; this is where they are told sooner.
    static func announce(_ user: UserID) async {}
}
