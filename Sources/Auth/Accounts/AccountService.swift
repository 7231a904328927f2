import Basics
import Domain
import Workers

/// What people who are signed in do to their own account.
package struct AccountService: Sendable {
    private let store: any AccountStore
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let throttles: Throttles
    private let passwordRule: PasswordRule
    private let allowance: TaskAllowance

    package init(
        store: any AccountStore, hasher: PasswordHasher, sessions: SessionService, throttles: Throttles,
        passwordRule: PasswordRule, allowance: TaskAllowance = TaskAllowance(.none)
    ) {
        self.store = store
        self.hasher = hasher
        self.sessions = sessions
        self.throttles = throttles
        self.passwordRule = passwordRule
        self.allowance = allowance
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
        try await RefusalDelay.refusing("password", for: nil, from: client, in: sessions.audit) {
            try await throttles.confirmPassword(in: session.id, of: session.userID, from: client, work)
        }
    }

    /// Changes the password, and ends sessions in the same transaction.
    /// - Throws: `AppError.invalid` for a new password that breaks a rule, `AppError.badCredentials` for a wrong
    ///   current one, `AppError.throttled`.
    /// - Returns: the new session, if one was asked for.
    package func changePassword(
        of user: User, in session: Session, from client: Client, current: String, new: String,
        ending reset: SessionReset
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
            let (ending, signIn) = try sessions.end(reset, of: user, in: session, from: client)
            // Somebody else may have changed it meanwhile, and then the current password was not right any more.
            guard
                try await store.changePassword(
                    of: user.id, from: old, to: hash, ending: ending, recording: event)
            else { throw AppError.badCredentials }
            sessions.forget(user.id)
            return signIn
        }
    }

    /// - Throws: `AppError.invalid`; `AppError.writesTooFast`, as a picture counts against the account's write rate.
    package func update(_ user: User, username: String??, image: String??) async throws -> User {
        var changes = UserChanges()
        var issues = FieldIssues()
        if let username { changes.username = try issues.check { .some(try Username.checked(username)) } ?? nil }
        switch image {
        // A client that sends all it knows sends the address back that it was given.
        case .some(.some(let text)) where text.hasSameBytes(as: user.image ?? ""): break
        case .some(.some(let text)):
            let picture = try issues.check { try PictureInput(text) }
            changes.image = .some(picture?.image)
            changes.picture = picture?.picture
        case .some(.none): changes.image = .some(nil)
        case .none: break
        }
        try issues.finish()
        if let picture = changes.picture { try allowance.take(bytes: Int64(picture.content.count), for: user.id) }
        guard let updated = try await store.update(user.id, with: changes, at: sessions.now()) else {
            throw AppError.invalidToken
        }
        sessions.forget(user.id)
        return updated
    }

    // MARK: Pictures

    /// The picture with this digest, whoever's it is; nil where there is none.
    package func picture(_ digest: String) async throws -> Picture? {
        guard digest.utf8.count == 64, digest.utf8.allSatisfy({ $0.isASCIIAlphanumeric }) else { return nil }
        return try await store.picture(digest)
    }

    /// Stores as pictures what earlier versions kept as data URLs; those that are no pictures by today's rule go.
    /// - Returns: how many became pictures, and how many went.
    package func storeDataURLs() async throws -> (stored: Int, removed: Int) {
        var counts = (stored: 0, removed: 0)
        while case let users = try await store.usersWithDataURLs(limit: 100), !users.isEmpty {
            for (id, image) in users {
                let picture = (try? PictureInput(image))?.picture
                try await store.replaceDataURL(image, of: id, with: picture)
                sessions.forget(id)
                if picture == nil { counts.removed += 1 } else { counts.stored += 1 }
            }
        }
        return counts
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

    /// To be called when a link is shown that is not good.
    package func resetLinkRefused(from client: Client) async { await sessions.audit?.resetLinkRefused(from: client) }

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
