import Basics

/// Persistent storage of users, their password hashes and their sessions. A method records its audit event in the same
/// transaction as its change, and only if something changed; likewise the notice for the account's owner.
package protocol AccountStore: Sendable {
    /// Stores the user, the picture that the user's `image` names, if it is one of ours, and the first session, and
    /// counts the use of an invitation.
    /// - Throws: `AppError.signUpRefused` if a required invitation is no longer valid; else `AppError.emailTaken`.
    func insert(
        _ user: User, passwordHash: String, picture: Picture?, session: NewSession, using invitation: InvitationUse?,
        mailing link: MailedLink?, recording event: AuditEvent?
    ) async throws
    /// Stores a user who has to verify the address first, with the link for that. For an address that is taken, the
    /// same statements are executed and the same rows written but the user's; its owner is told by an e-mail instead of
    /// the link's.
    /// - Throws: `AppError.signUpRefused` if a required invitation is no longer valid.
    func insertUnverified(
        _ user: User, passwordHash: String, picture: Picture?, using invitation: InvitationUse?,
        mailing link: MailedLink,
        recording event: AuditEvent
    ) async throws
    /// Stores a user who has not signed in yet.
    /// - Throws: `AppError.emailTaken`.
    func insert(_ user: User, passwordHash: String, recording event: AuditEvent?) async throws
    func user(_ id: UserID) async throws -> User?
    func user(_ email: EmailAddress) async throws -> User?
    /// Users ordered by address.
    func users(matching query: UserQuery) async throws -> [User]
    /// The user with this address, and the hash to check the password against.
    func credentials(for email: EmailAddress) async throws -> (user: User, passwordHash: String)?
    /// Nil if the user has no password here.
    func passwordHash(of id: UserID) async throws -> String?
    /// Replaces a hash with another of the same password, unless it has changed meanwhile; false if it has.
    @discardableResult
    func replacePasswordHash(of id: UserID, from old: String, to new: String) async throws -> Bool
    /// Sets a new password, unless it has changed meanwhile; false if it has. Reset links become void and known devices
    /// are forgotten.
    /// - Parameter ending: nil leaves sessions and API tokens as they are; else all API tokens end with the sessions.
    func changePassword(
        of id: UserID, from old: String, to new: String, ending: SessionEnding?, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Sets a new password regardless of the old one, ends all sessions and API tokens, voids reset links and forgets
    /// known devices.
    /// - Returns: the sessions that ended; nil if there is no such user.
    func setPassword(
        of id: UserID, to hash: String, at time: Timestamp, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> [SessionID]?
    /// Updates a user and returns the new state; nil if there is no such user.
    func update(_ id: UserID, with changes: UserChanges, at time: Timestamp) async throws -> User?
    /// The picture with this digest, regardless of its owner.
    func picture(_ digest: String) async throws -> Picture?
    /// Users whose `image` is a data URL, as earlier versions stored it; at most `limit` of them.
    func usersWithDataURLs(limit: Int) async throws -> [(id: UserID, image: String)]
    /// Replaces a data URL with a picture, unless it has changed meanwhile; nil removes it.
    func replaceDataURL(_ image: String, of id: UserID, with picture: Picture?) async throws
    /// Reactivates or deactivates a user. Reactivation cancels a deletion that the user asked for. Deactivation ends
    /// all sessions and API tokens, and voids reset links. If the user already has this state, nothing is changed or
    /// recorded.
    /// - Returns: the sessions that ended; nil if nothing was done.
    func setActive(_ id: UserID, _ isActive: Bool, at time: Timestamp, recording event: AuditEvent) async throws
        -> [SessionID]?
    /// Deactivates an active user who asks for the account's deletion, and ends all sessions and API tokens.
    /// - Returns: the sessions that ended; nil if nothing was done.
    func requestDeletion(of id: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent) async throws
        -> [SessionID]?
    /// Reactivates a user who asked for the deletion at this time, provided that the first factor still holds.
    /// - Returns: the new state; nil if nothing was done.
    func cancelDeletion(
        of id: UserID, requestedAt time: Timestamp, by first: FirstFactor, recording event: AuditEvent
    ) async throws -> User?
    /// Users who asked for their deletion at this time or earlier; at most `limit` of them.
    func usersToDelete(requestedBy time: Timestamp, limit: Int) async throws -> [UserID]
    /// Like `deleteUser`, if the user still wants it.
    func deleteUser(_ id: UserID, requestedBy time: Timestamp, recording event: AuditEvent) async throws -> Bool
    /// Deletes the user with all tasks, sessions and identities.
    func deleteUser(_ id: UserID, recording event: AuditEvent) async throws -> Bool

    /// Stores a session, provided that the user is still active and the credential still holds: either may have changed
    /// between the check and this call.
    /// - Throws: `AppError.badCredentials` otherwise.
    func insert(
        _ session: NewSession, by credential: SignInCredential, notifying notice: SecurityNotice?,
        recording event: AuditEvent?
    ) async throws
    /// A session that has not expired at `time`, with its user.
    func session(_ id: SessionID, at time: Timestamp) async throws -> (session: Session, user: User)?
    func session(tokenDigest: String, at time: Timestamp) async throws -> (session: Session, user: User)?
    /// All unexpired sessions, oldest first.
    func sessions(of user: UserID, at time: Timestamp) async throws -> [Session]
    /// Addresses at which the account's sessions began, most recent first, at most 100.
    func sessionAddresses(of email: EmailAddress, since time: Timestamp) async throws -> [String]
    /// Renews a session if it still exists.
    func renew(_ id: SessionID, until expiry: Timestamp, at time: Timestamp) async throws
    /// Notes that the session is in use.
    func see(_ id: SessionID, at time: Timestamp) async throws
    /// Notes that the session's user has proved to be the account's owner.
    func prove(_ id: SessionID, at time: Timestamp) async throws
    /// False if there was no such session.
    func deleteSession(_ id: SessionID, of user: UserID, recording event: AuditEvent?) async throws -> Bool
    /// Deletes all of the user's sessions, or all but one; returns their ids. The event records their number.
    func deleteSessions(of user: UserID, except kept: SessionID?, recording event: AuditEvent?) async throws
        -> [SessionID]
    /// Deletes expired sessions, reset links, known devices and sign-ins that were not finished; returns the number of
    /// sessions deleted.
    /// - Parameter limit: sessions whose limit counts from this time or earlier have reached it.
    func deleteExpiredSessions(at time: Timestamp, limitedBefore limit: Timestamp) async throws -> Int
    /// The device with one of these digests, if it is known to the account with this address at `time`.
    func knownDevice(among digests: [String], of email: EmailAddress, at time: Timestamp) async throws -> KnownDevice?

    /// Stores a link that sets a new password, in place of any that the user has.
    func insert(_ link: ResetLink, recording event: AuditEvent) async throws
    /// Like `setPassword`, if the link is still valid at `time`; consumes the link. Nil if it is not valid.
    func useResetLink(
        tokenDigest: String, toSet hash: String, of id: UserID, at time: Timestamp, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> [SessionID]?
}

extension AccountStore {
    /// The user with this id, as spelled or in its canonical spelling.
    package func user(inAnySpelling id: UserID) async throws -> User? {
        if let user = try await user(id) { return user }
        return id == id.canonical ? nil : try await user(id.canonical)
    }
}
