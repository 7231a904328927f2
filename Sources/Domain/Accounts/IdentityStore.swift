/// Users of trusted issuers.
package protocol IdentityStore: Sendable {
    func user(_ id: UserID) async throws -> User?
    func user(_ identity: ExternalIdentity) async throws -> User?
    /// Stores a new user with this identity in one transaction.
    /// - Throws: `AppError.emailTaken` if another account has the address.
    func insert(_ user: User, identity: ExternalIdentity, recording event: AuditEvent) async throws
}
