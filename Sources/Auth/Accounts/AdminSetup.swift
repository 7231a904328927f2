import Basics
import Crypto
import Domain

/// The way to the first admin for an operator without a command line: a token that the server keeps in its data
/// directory, and that a signed-in user types into a form. Being first is no way.
package final class AdminSetup: Sendable {
    package static let lifetimeSeconds: Int64 = 3600
    /// The answer to a token that is wrong, used or too old.
    private static let refusal = AppError.notFound(
        "This is not the setup token, or it is older than an hour. A new one is made when the server starts.")

    private let store: any AdminStore
    private let sessions: SessionService
    private let throttles: Throttles
    private let audit: AuditTrail
    private let onEnd: @Sendable () -> Void
    private let now: @Sendable () -> Timestamp

    /// - Parameter onEnd: called when the token is used, or found to be void.
    package init(
        store: any AdminStore, sessions: SessionService, throttles: Throttles, audit: AuditTrail,
        onEnd: @escaping @Sendable () -> Void, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.sessions, self.throttles) = (store, sessions, throttles)
        (self.audit, self.onEnd, self.now) = (audit, onEnd, now)
    }

    /// Makes a token, in place of any other; nil if there is an admin, or ever was one.
    package func open() async throws -> String? {
        let (token, time) = (try RandomToken.make(), now())
        let event = AuditEvent(.tokenCreated, at: time, by: .server, [.init("purpose", AuditTrail.Link.setup.rawValue)])
        let isOpen = try await store.openSetup(
            tokenDigest: try RandomToken.digest(token), until: time.adding(seconds: Self.lifetimeSeconds),
            recording: event)
        return isOpen ? token : nil
    }

    /// True while a token is valid.
    package func isOpen() async throws -> Bool { try await store.isSetupOpen(at: now()) }

    /// Makes the user the first admin. That ends the setup for good.
    /// - Throws: `AppError.notFound` for a token that is not valid; `AppError.throttled`.
    package func use(_ token: String, by user: User, from client: Client) async throws {
        let token = token.filter { !$0.isWhitespace }
        let event = AuditEvent(
            .roleChanged, at: now(), by: client.source, user: user.id,
            RoleChange.details(isAdmin: true, because: AuditTrail.Link.setup.rawValue))
        let isDone = try await RefusalDelay.refusing(.setup, for: nil, from: client, in: audit) {
            try await throttles.code(from: client) { () -> Bool? in
                guard RandomToken.isPossible(token) else { return nil }
                let digest = try RandomToken.digest(token)
                return try await store.useSetup(tokenDigest: digest, for: user.id, recording: event) ? true : nil
            }
        }
        guard isDone != nil else {
            await audit.linkRefused(.setup, from: client)
            throw Self.refusal
        }
        sessions.forget(user.id)
        onEnd()
    }

    /// Notices that the token has expired, or is not needed any more.
    package func tidy() async throws { if try await !isOpen() { onEnd() } }
}
