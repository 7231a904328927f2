/// Tasks on disk. The owner is in every signature, so a statement that forgets whose task it touches cannot
/// be written.
package protocol TaskStore: Sendable {
    /// Newest first, at most `query.limit` and one more, so that the caller sees whether there is a next page.
    func tasks(ownedBy owner: UserID, matching query: TaskQuery) async throws -> [TaskItem]
    func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    func insert(_ task: TaskItem) async throws
    /// The task as it is afterwards, or nil where the owner has none such.
    func update(_ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp) async throws
        -> TaskItem?
    /// Puts the task into the trash. False where the owner has none such.
    func delete(_ id: TaskID, ownedBy owner: UserID, at time: Timestamp) async throws -> Bool
    /// Takes a task out of the trash, as it was; nil where the owner's trash has none such.
    func restore(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    /// Forgets what was put into the trash before `time`; how many tasks those were.
    func emptyTrash(before time: Timestamp) async throws -> Int
}

/// A session that is about to be stored, with the digest of the secret that opens it.
package struct NewSession: Sendable {
    package let session: Session
    /// SHA-256 of the cookie's token, hexadecimal: a stolen database signs nobody in. Nil where the session
    /// is only ever proved by an access token.
    package let tokenDigest: String?

    package init(session: Session, tokenDigest: String?) {
        self.session = session
        self.tokenDigest = tokenDigest
    }
}

/// Users, their password hashes and their sessions on disk.
package protocol AccountStore: Sendable {
    /// Stores the user and the first session, both or neither.
    /// - Throws: `AppError.emailTaken`.
    func insert(_ user: User, passwordHash: String, session: NewSession) async throws
    func user(_ id: UserID) async throws -> User?
    /// The user with this address, and the hash that the password is checked against.
    func credentials(for email: EmailAddress) async throws -> (user: User, passwordHash: String)?
    /// Replaces a hash that was made with an older rule; does nothing if it has changed meanwhile.
    func replacePasswordHash(of id: UserID, from old: String, to new: String) async throws

    func insert(_ session: NewSession) async throws
    /// A session that has not expired at `time`, with its user.
    func session(_ id: SessionID, at time: Timestamp) async throws -> (session: Session, user: User)?
    func session(tokenDigest: String, at time: Timestamp) async throws -> (session: Session, user: User)?
    /// False where there was none such.
    func deleteSession(_ id: SessionID, of user: UserID) async throws -> Bool
    /// Deletes what has expired; the number of sessions that went.
    func deleteExpiredSessions(at time: Timestamp) async throws -> Int
}
