import Basics

/// Users, their password hashes and their sessions on disk. What a method records is written with what it does, or
/// not at all, and only where something was done.
package protocol AccountStore: Sendable {
    /// Stores the user, the picture that the user's `image` names, if it is one of ours, and the first session.
    /// - Throws: `AppError.emailTaken`.
    func insert(
        _ user: User, passwordHash: String, picture: Picture?, session: NewSession, recording event: AuditEvent?
    ) async throws
    /// Stores a user who has not signed in yet.
    /// - Throws: `AppError.emailTaken`.
    func insert(_ user: User, passwordHash: String, recording event: AuditEvent?) async throws
    func user(_ id: UserID) async throws -> User?
    func user(_ email: EmailAddress) async throws -> User?
    /// In the order of their addresses.
    func users(matching query: UserQuery) async throws -> [User]
    /// The user with this address, and the hash that the password is checked against.
    func credentials(for email: EmailAddress) async throws -> (user: User, passwordHash: String)?
    /// Nil where the user has no password here.
    func passwordHash(of id: UserID) async throws -> String?
    /// Replaces a hash by another of the same password, unless it has changed meanwhile; false if it has.
    @discardableResult
    func replacePasswordHash(of id: UserID, from old: String, to new: String) async throws -> Bool
    /// Sets a new password, unless it has changed meanwhile; false if it has. Links that would reset it are void, and
    /// no device is known any more.
    /// - Parameter ending: nil leaves the sessions as they are.
    func changePassword(
        of id: UserID, from old: String, to new: String, ending: SessionEnding?, recording event: AuditEvent
    ) async throws -> Bool
    /// Sets a new password whatever the old one was, ends all sessions, and voids links that would reset it; no device
    /// is known any more.
    /// - Returns: the sessions that ended; nil where there is no such user.
    func setPassword(of id: UserID, to hash: String, at time: Timestamp, recording event: AuditEvent) async throws
        -> [SessionID]?
    /// The user as it is afterwards; nil where there is none such.
    func update(_ id: UserID, with changes: UserChanges, at time: Timestamp) async throws -> User?
    /// The picture with this digest, whoever has it.
    func picture(_ digest: String) async throws -> Picture?
    /// Users whose `image` is a data URL, as earlier versions stored it, at most so many.
    func usersWithDataURLs(limit: Int) async throws -> [(id: UserID, image: String)]
    /// Stores a picture in the place of a data URL, unless that has changed meanwhile; nil takes it away.
    func replaceDataURL(_ image: String, of id: UserID, with picture: Picture?) async throws
    /// Lets somebody in again, or keeps them out: then all sessions end and links that would reset the password are
    /// void. Nothing is done or recorded where it is so already.
    /// - Returns: the sessions that ended; nil where nothing was done.
    func setActive(_ id: UserID, _ isActive: Bool, at time: Timestamp, recording event: AuditEvent) async throws
        -> [SessionID]?
    /// Deletes the user with everything that is the user's: tasks, sessions, identities.
    func deleteUser(_ id: UserID, recording event: AuditEvent) async throws -> Bool

    /// Stores a session, where the user is still active and still has the password that it was proved by. Between the
    /// proof and this, somebody may have changed or reset it, or shut the user out.
    /// - Throws: `AppError.badCredentials` where that is so.
    func insert(_ session: NewSession, provedBy passwordHash: String, recording event: AuditEvent?) async throws
    /// A session that has not expired at `time`, with its user.
    func session(_ id: SessionID, at time: Timestamp) async throws -> (session: Session, user: User)?
    func session(tokenDigest: String, at time: Timestamp) async throws -> (session: Session, user: User)?
    /// All that have not expired, oldest first.
    func sessions(of user: UserID, at time: Timestamp) async throws -> [Session]
    /// Where the sessions of the account with this address began, the latest first, at most 100.
    func sessionAddresses(of email: EmailAddress, since time: Timestamp) async throws -> [String]
    /// Prolongs a session that is still there.
    func renew(_ id: SessionID, until expiry: Timestamp, at time: Timestamp) async throws
    /// False where there was none such.
    func deleteSession(_ id: SessionID, of user: UserID, recording event: AuditEvent?) async throws -> Bool
    /// Deletes the user's sessions but one, or all; the ids of those that went, whose number is recorded.
    func deleteSessions(of user: UserID, except kept: SessionID?, recording event: AuditEvent?) async throws
        -> [SessionID]
    /// Deletes what has expired, links that reset a password and known devices too; the number of sessions that went.
    /// - Parameter limit: sessions whose limit counts from then or earlier have reached it.
    func deleteExpiredSessions(at time: Timestamp, limitedBefore limit: Timestamp) async throws -> Int
    /// The device with one of these digests, if it is known to the account with this address at `time`.
    func knownDevice(among digests: [String], of email: EmailAddress, at time: Timestamp) async throws -> KnownDevice?

    /// Stores a link that sets a new password, in place of any that the user has.
    func insert(_ link: ResetLink, recording event: AuditEvent) async throws
    /// Whose password the link resets, if it is good at `time` and the user is active.
    func resetLink(tokenDigest: String, at time: Timestamp) async throws -> User?
    /// As `setPassword`, if the link is still good at `time`; it is used up. Nil if it is not.
    func useResetLink(
        tokenDigest: String, toSet hash: String, of id: UserID, at time: Timestamp, recording event: AuditEvent
    ) async throws -> [SessionID]?
}

extension AccountStore {
    /// The user with this id, as it is spelled or in its canonical spelling.
    package func user(inAnySpelling id: UserID) async throws -> User? {
        if let user = try await user(id) { return user }
        return id == id.canonical ? nil : try await user(id.canonical)
    }
}
