import Basics
import Domain
import Workers

/// The operations of signed-in users on their own accounts.
package final class AccountService: Sendable {
    private let store: any AccountStore
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let proof: RecentProof
    private let passwordRule: PasswordRule
    private let allowance: AccountAllowance
    private let notices: SecurityNotices
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore, hasher: PasswordHasher, sessions: SessionService, proof: RecentProof,
        passwordRule: PasswordRule, allowance: AccountAllowance, notices: SecurityNotices, audit: AuditTrail,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.hasher = hasher
        self.sessions = sessions
        self.proof = proof
        self.passwordRule = passwordRule
        self.allowance = allowance
        self.notices = notices
        self.audit = audit
        self.now = now
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
        return try await proof.counting(in: session, client) {
            let old = try await store.passwordHash(of: user.id)
            guard try await hasher.verify(current, against: old, for: FairShare(signedIn: client)), let old else {
                try await audit.passwordChangeFailed(of: user.id, from: client)
                throw AppError.badCredentials
            }
            let hash = try await hasher.hash(new, for: FairShare(signedIn: client))
            let event = AuditEvent(.passwordChanged, at: now(), by: client.source, user: user.id)
            let notice = try notices.notice(of: .passwordChange, to: user, from: client)
            let (ending, signIn) = try sessions.end(reset, of: user, in: session, from: client)
            // A concurrent request may have changed it meanwhile, in which case the current password was no longer
            // right.
            guard
                try await store.changePassword(
                    of: user.id, from: old, to: hash, ending: ending, notifying: notice, recording: event)
            else { throw AppError.badCredentials }
            sessions.forget(user.id)
            notices.send(notice)
            return signIn
        }
    }

    /// - Throws: `AppError.invalid`; `AppError.writesTooFast`, as a picture counts against the account's write rate.
    package func update(_ user: User, username: Patch<String>, image: Patch<String>) async throws -> User {
        var changes = UserChanges()
        var issues = FieldIssues()
        if !username.isKept {
            changes.username = Patch(try issues.check { try Username.checked(username.value) } ?? nil)
        }
        switch image {
        case .keep: break
        // Clients that send every field they know send the unchanged address back.
        case .set(let text) where text.hasSameBytes(as: user.image ?? ""): break
        case .set(let text):
            let picture = try issues.check { try PictureInput(text) }
            changes.image = Patch(picture?.image)
            changes.picture = picture?.picture
        case .clear: changes.image = .clear
        }
        try issues.finish()
        return try await apply(changes, to: user)
    }

    /// Stores a file as the user's picture.
    /// - Throws: `AppError.invalid` for the field `image`; `AppError.writesTooFast`.
    package func setPicture(of user: User, to content: [UInt8]) async throws {
        let picture = try PictureInput.picture(in: content)
        var changes = UserChanges()
        changes.image = .set(picture.path)
        changes.picture = picture
        _ = try await apply(changes, to: user)
    }

    package func setAppearance(of user: User, to appearance: Appearance) async throws {
        var changes = UserChanges()
        changes.appearance = appearance
        _ = try await apply(changes, to: user)
    }

    package func setMailsReminders(of user: User, to mailsReminders: Bool) async throws {
        var changes = UserChanges()
        changes.mailsReminders = mailsReminders
        _ = try await apply(changes, to: user)
    }

    package func setLocale(of user: User, to locale: UserLocale) async throws {
        var changes = UserChanges()
        changes.locale = locale
        _ = try await apply(changes, to: user)
    }

    private func apply(_ changes: UserChanges, to user: User) async throws -> User {
        if let picture = changes.picture { try allowance.take(bytes: Int64(picture.content.count), for: user.id) }
        guard let updated = try await store.update(user.id, with: changes, at: now()) else {
            throw AppError.invalidToken
        }
        sessions.forget(user.id)
        return updated
    }

    // MARK: Pictures

    /// The picture with this digest, regardless of its owner; nil if there is none.
    package func picture(_ digest: String) async throws -> Picture? {
        guard digest.utf8.count == 64, digest.utf8.allSatisfy({ $0.isASCIIAlphanumeric }) else { return nil }
        return try await store.picture(digest)
    }

    /// Converts data URLs stored by earlier versions into pictures; those that are not valid pictures by today's rule
    /// are removed.
    /// - Returns: how many were converted, and how many removed.
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
}
