import Basics
import Domain

/// The role of admins, who manage the server.
extension AccountAdministration {
    /// Makes the user an admin.
    /// - Returns: false if the user already is one.
    package func makeAdmin(_ user: User) async throws -> Bool {
        defer { sessions.forget(user.id) }
        return try await store.makeAdmin(
            user.id, ifVerified: nil, recording: roleEvent(of: user, isAdmin: true, at: now()))
    }

    /// Makes the admin an ordinary user.
    /// - Throws: `AppError.lastAdmin`.
    /// - Returns: false if the user is not an admin.
    package func revokeAdmin(_ user: User) async throws -> Bool {
        defer { sessions.forget(user.id) }
        return try await store.revokeAdmin(user.id, recording: roleEvent(of: user, isAdmin: false, at: now()))
    }

    /// Makes admins of the users with these addresses, as far as they have verified them.
    /// - Parameter reason: where the addresses come from, for the audit trail.
    /// - Returns: those who were made admins.
    package func makeAdmins(ofVerified addresses: [EmailAddress], because reason: String) async throws -> [User] {
        var made: [User] = []
        for address in addresses {
            guard let user = try await store.user(address), user.isActive, user.isEmailVerified, !user.isAdmin else {
                continue
            }
            let event = roleEvent(of: user, isAdmin: true, because: reason, at: now())
            if try await store.makeAdmin(user.id, ifVerified: address, recording: event) { made.append(user) }
        }
        return made
    }

    func roleEvent(
        of user: User, isAdmin: Bool, because reason: String? = nil, at time: Timestamp
    ) -> AuditEvent {
        AuditEvent(
            .roleChanged, at: time, by: source, user: user.id,
            RoleChange.details(isAdmin: isAdmin, because: reason))
    }
}
