/// Tasks on disk. The owner is in every signature, so a statement that forgets whose task it touches cannot
/// be written.
package protocol TaskStore: Sendable {
    /// Reads a list, newest first.
    /// - Parameter read: makes of the rows what is wanted of them; they are there only while it runs.
    func tasks<Value: Sendable>(
        ownedBy owner: UserID, matching query: TaskQuery, _ read: @escaping @Sendable (inout TaskRows) throws -> Value
    ) async throws -> Value
    /// What the owner's tasks are now, as a number to compare; nil where that can't be told without reading them.
    func version(ofTasksOf owner: UserID) -> TasksVersion?
    func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    func insert(_ task: TaskItem) async throws
    /// The task as it is afterwards, or nil where the owner has none such.
    func update(_ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp) async throws
        -> UpdatedTask?
    /// Puts the task into the trash. False where the owner has none such.
    func delete(_ id: TaskID, ownedBy owner: UserID, at time: Timestamp) async throws -> Bool
    /// Takes a task out of the trash, as it was; nil where the owner's trash has none such.
    func restore(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    /// Forgets what was put into the trash before `time`; how many tasks that were, and how many bytes of whom.
    func emptyTrash(before time: Timestamp) async throws -> (count: Int, bytes: [UserID: Int64])
    /// Forgets some of what is in the owner's trash, those that were made first; how many bytes those took.
    func shrinkTrash(of owner: UserID) async throws -> Int64
    /// Bytes that the owner's tasks take, those in the trash included, as they were last written down.
    func usage(of owner: UserID) async throws -> Int64
    /// Writes down what has come to be taken since, or less; accounts that are gone are left out.
    func addUsage(_ bytes: [UserID: Int64]) async throws
}

/// A task as it is after a change.
package struct UpdatedTask: Sendable {
    package let task: TaskItem
    /// Bytes that it takes more than before, or less.
    package let growth: Int64

    package init(task: TaskItem, growth: Int64) {
        self.task = task
        self.growth = growth
    }
}

extension TaskStore {
    package func tasks(ownedBy owner: UserID, matching query: TaskQuery) async throws -> TaskPage {
        try await tasks(ownedBy: owner, matching: query) { rows in
            var tasks: [TaskItem] = []
            var size = 0
            while let row = try rows.next() {
                tasks.append(TaskItem(row, ownerID: owner))
                size += row.title.count + (row.details?.count ?? 0)
                if size >= TaskQuery.maximumTextSize { rows.endPage(after: row) }
            }
            return TaskPage(tasks: tasks, nextCursor: rows.nextCursor)
        }
    }
}

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

/// A link that sets a new password, once, with the digest of what it holds.
package struct ResetLink: Sendable {
    package let userID: UserID
    /// SHA-256 of the link's token, hexadecimal.
    package let tokenDigest: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp

    package init(userID: UserID, tokenDigest: String, createdAt: Timestamp, expiresAt: Timestamp) {
        self.userID = userID
        self.tokenDigest = tokenDigest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Which users are wanted.
package struct UserQuery: Sendable {
    /// Part of the address, the name or the id, in whatever case of ASCII letters.
    package var search: String?
    /// Only addresses after this one.
    package var after: String
    package var limit: Int

    package init(search: String? = nil, after: String = "", limit: Int) {
        self.search = search
        self.after = after
        self.limit = limit
    }
}

/// What somebody may change about themselves; nil leaves a field as it is.
package struct UserChanges: Sendable, Hashable {
    /// `.some(nil)` takes the name away.
    package var username: String??
    package var image: String??
    /// The picture that `image` names, where it is one of ours. One that the user had goes when `image` changes.
    package var picture: Picture?

    package init() {}
}

/// A key pair that signs tokens which other services verify.
package struct SigningKeyRecord: Sendable, Hashable {
    /// What tokens call it (`kid`).
    package var id: String
    /// `EdDSA` or `RS256`.
    package var algorithm: String
    /// The private key, encrypted under the secret.
    package var sealedKey: String
    package var createdAt: Timestamp
    /// When it begins to sign. It is published from its creation on.
    package var signsFrom: Timestamp
    /// Until when its tokens are accepted and it is published; nil while no other key is to follow it.
    package var expiresAt: Timestamp?

    package init(
        id: String, algorithm: String, sealedKey: String, createdAt: Timestamp, signsFrom: Timestamp,
        expiresAt: Timestamp?
    ) {
        self.id = id
        self.algorithm = algorithm
        self.sealedKey = sealedKey
        self.createdAt = createdAt
        self.signsFrom = signsFrom
        self.expiresAt = expiresAt
    }
}

/// A private key that was encrypted anew.
package struct ResealedKey: Sendable {
    package let id: String
    package let old: String
    package let new: String

    package init(id: String, old: String, new: String) {
        self.id = id
        self.old = old
        self.new = new
    }
}

/// Signing keys on disk.
package protocol SigningKeyStore: Sendable {
    /// All that are kept, newest first.
    func signingKeys() async throws -> [SigningKeyRecord]
    /// Adds the key that signs from its `signsFrom` on, and lets all others run out at `expiry`. With `ifNone`, only
    /// where no key is without an end.
    /// - Parameter resealed: keys to store as they are encrypted now, unless they have changed meanwhile.
    /// - Returns: whether the key was added.
    func insert(
        _ key: SigningKeyRecord, retiringOthersAt expiry: Timestamp, resealing resealed: [ResealedKey], ifNone: Bool,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Deletes a key. Where that was to sign only later, the one before it goes on.
    /// - Returns: false where there is no such key.
    func deleteSigningKey(_ id: String, at time: Timestamp, recording event: AuditEvent) async throws -> Bool
    /// Forgets keys that ran out before `time`.
    func deleteExpiredSigningKeys(at time: Timestamp) async throws -> Int
}

/// A user as a trusted issuer knows them.
package struct ExternalIdentity: Sendable, Hashable {
    /// The name that the issuer's accounts are filed under, without a final slash.
    package let issuer: String
    package let subject: String

    package init(issuer: String, subject: String) {
        self.issuer = issuer
        self.subject = subject
    }
}

/// Users of trusted issuers.
package protocol IdentityStore: Sendable {
    func user(_ id: UserID) async throws -> User?
    func user(_ identity: ExternalIdentity) async throws -> User?
    /// Stores a new user with this identity in one transaction.
    /// - Throws: `AppError.emailTaken` where another account has the address.
    func insert(_ user: User, identity: ExternalIdentity, recording event: AuditEvent) async throws
}
