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
    /// Nil where the user has no password here.
    func passwordHash(of id: UserID) async throws -> String?
    /// Replaces a hash, unless it has changed meanwhile; false if it has.
    @discardableResult
    func replacePasswordHash(of id: UserID, from old: String, to new: String) async throws -> Bool
    /// The user as it is afterwards; nil where there is none such.
    func update(_ id: UserID, with changes: UserChanges, at time: Timestamp) async throws -> User?
    /// Deletes the user with everything that is the user's: tasks, sessions, identities.
    func deleteUser(_ id: UserID) async throws -> Bool

    func insert(_ session: NewSession) async throws
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
    func deleteSession(_ id: SessionID, of user: UserID) async throws -> Bool
    /// Deletes the user's sessions but one, or all; the ids of those that went.
    func deleteSessions(of user: UserID, except kept: SessionID?) async throws -> [SessionID]
    /// Deletes what has expired; the number of sessions that went.
    func deleteExpiredSessions(at time: Timestamp) async throws -> Int
}

/// What somebody may change about themselves; nil leaves a field as it is.
package struct UserChanges: Sendable, Hashable {
    /// `.some(nil)` takes the name away.
    package var username: String??
    package var image: String??

    package init(username: String?? = nil, image: String?? = nil) {
        self.username = username
        self.image = image
    }

    package var isEmpty: Bool { username == nil && image == nil }
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
    /// Until when its tokens are accepted and it is published; nil for the key that signs.
    package var expiresAt: Timestamp?

    package init(id: String, algorithm: String, sealedKey: String, createdAt: Timestamp, expiresAt: Timestamp?) {
        self.id = id
        self.algorithm = algorithm
        self.sealedKey = sealedKey
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Signing keys on disk.
package protocol SigningKeyStore: Sendable {
    /// All that are kept, newest first.
    func signingKeys() async throws -> [SigningKeyRecord]
    /// Adds the key that signs from now on, and lets those before it run out at `expiry`. With `ifNone`, only where
    /// no key signs yet.
    /// - Returns: whether the key was added.
    func insert(_ key: SigningKeyRecord, retiringOthersAt expiry: Timestamp, ifNone: Bool) async throws -> Bool
    /// False where there was none such.
    func deleteSigningKey(_ id: String) async throws -> Bool
    /// Forgets keys that ran out before `time`.
    func deleteExpiredSigningKeys(at time: Timestamp) async throws -> Int
}

/// Who somebody is to an outside service that vouches for them.
package struct ExternalIdentity: Sendable, Hashable {
    package let issuer: String
    package let subject: String

    package init(issuer: String, subject: String) {
        self.issuer = issuer
        self.subject = subject
    }
}

/// People who sign in elsewhere.
package protocol IdentityStore: Sendable {
    func user(_ id: UserID) async throws -> User?
    func user(_ identity: ExternalIdentity) async throws -> User?
    /// Stores a new user who is known by this identity, both or neither.
    /// - Throws: `AppError.emailTaken` where another account has the address.
    func insert(_ user: User, identity: ExternalIdentity) async throws
}
