import Domain
import Workers

/// What people who are signed in do to their own account.
package struct AccountService: Sendable {
    private let store: any AccountStore
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let throttles: Throttles
    private let passwordRule: PasswordRule

    package init(
        store: any AccountStore, hasher: PasswordHasher, sessions: SessionService, throttles: Throttles,
        passwordRule: PasswordRule
    ) {
        self.store = store
        self.hasher = hasher
        self.sessions = sessions
        self.throttles = throttles
        self.passwordRule = passwordRule
    }

    /// Looks whether this is the user's password. Somebody without one here has none that is right.
    /// - Throws: `AppError.badCredentials` where it is not; `AppError.throttled`.
    package func confirm(_ password: String, in session: Session, from client: Client) async throws {
        try await counting(session, client) {
            let hash = try await store.passwordHash(of: session.userID)
            guard try await hasher.verify(password, against: hash, for: Self.share(of: client)) else {
                try await sessions.audit?.signInFailed(
                    .wrongPassword, email: nil, user: session.userID, from: client)
                throw AppError.badCredentials
            }
        }
    }

    /// Those who are signed in, or have a reset link, come before those who are not.
    private static func share(of client: Client) -> FairShare { FairShare(client, isFavoured: true) }

    private func counting<Value>(
        _ session: Session, _ client: Client, _ work: () async throws -> Value
    ) async throws -> Value {
        try await Unhurried.refusing("password", for: nil, from: client, in: sessions.audit) {
            try await throttles.confirmPassword(in: session.id, of: session.userID, from: client, work)
        }
    }

    /// How a session begins that takes the place of all others.
    package struct NewStart: Sendable {
        package let isRemembered: Bool

        package init(isRemembered: Bool) { self.isRemembered = isRemembered }
    }

    /// Changes the password. When starting over, every session ends, this one too, and a new one begins.
    /// - Throws: `AppError.invalid` for a new password that breaks a rule, `AppError.badCredentials` for a wrong
    ///   current one, `AppError.throttled`.
    /// - Returns: the new session, if one was asked for.
    package func changePassword(
        of user: User, in session: Session, from client: Client, current: String, new: String,
        startingOver start: NewStart?
    ) async throws -> SignIn? {
        let new = try NewPassword(new, field: "newPassword", by: passwordRule, email: user.email)
        return try await counting(session, client) {
            let old = try await store.passwordHash(of: user.id)
            guard try await hasher.verify(current, against: old, for: Self.share(of: client)), let old else {
                try await sessions.audit?.passwordChangeFailed(of: user.id, from: client)
                throw AppError.badCredentials
            }
            let hash = try await hasher.hash(new, for: Self.share(of: client))
            let event = AuditEvent(.passwordChanged, at: sessions.now(), by: client.source, user: user.id)
            let fresh = try start.map {
                try sessions.freshStart(for: user, from: client, isRemembered: $0.isRemembered)
            }
            // Somebody else may have changed it meanwhile, and then the current password was not right any more.
            guard
                try await store.changePassword(
                    of: user.id, from: old, to: hash, startingOver: fresh?.start, recording: event)
            else { throw AppError.badCredentials }
            sessions.forget(user.id)
            return fresh?.signIn
        }
    }

    /// - Throws: `AppError.invalid`.
    package func update(_ user: UserID, with changes: UserChanges) async throws -> User {
        var changes = changes
        var issues = FieldIssues()
        if let username = changes.username {
            changes.username = try issues.check { .some(try Username.checked(username)) } ?? nil
        }
        if case .some(.some(let image)) = changes.image { _ = try issues.check { try Picture.check(image) } }
        try issues.finish()
        guard let updated = try await store.update(user, with: changes, at: sessions.now()) else {
            throw AppError.invalidToken
        }
        sessions.forget(user)
        return updated
    }

    /// Deletes the account with everything in it.
    package func delete(_ user: UserID, from client: Client) async throws {
        let event = AuditEvent(.userDeleted, at: sessions.now(), by: client.source, user: user)
        _ = try await store.deleteUser(user, recording: event)
        sessions.forget(user)
    }

    // MARK: Links that set a new password

    /// Whose password the link with this token resets; nil where it is used up, too old, or none of ours. Looking
    /// changes nothing.
    package func holder(ofResetToken token: String) async throws -> User? {
        guard ResetToken.isPossible(token) else { return nil }
        return try await store.resetLink(tokenDigest: try ResetToken.digest(token), at: sessions.now())
    }

    /// Sets a new password, ends every session, and uses the link up.
    /// - Throws: `AppError.invalid` for a password that breaks a rule; the link stays good. `AppError.notFound` for a
    ///   link that is not good.
    package func resetPassword(token: String, to new: String, from client: Client) async throws {
        guard let user = try await holder(ofResetToken: token) else { throw ResetToken.refusal }
        let hash = try await hasher.hash(
            try NewPassword(new, by: passwordRule, email: user.email), for: Self.share(of: client))
        let event = AuditEvent(
            .passwordChanged, at: sessions.now(), by: client.source, user: user.id, [.init("reason", "reset link")])
        let ended = try await store.useResetLink(
            tokenDigest: try ResetToken.digest(token), toSet: hash, of: user.id, at: sessions.now(), recording: event)
        guard ended != nil else { throw ResetToken.refusal }
        sessions.forget(user.id)
    }
}

/// The rule for a picture's address: text of at most 2,048 characters. Nothing here fetches or shows it.
enum Picture {
    static func check(_ image: String) throws(AppError) {
        guard image.unicodeScalars.count <= 2048, !image.utf8.contains(0) else {
            throw .invalid([FieldIssue("image", "The picture's address may have at most 2,048 characters.", .tooLong)])
        }
    }
}
