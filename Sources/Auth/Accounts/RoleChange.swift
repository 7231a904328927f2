import Domain

/// The details of the audit event of a changed role, in the words of the OWASP logging vocabulary.
enum RoleChange {
    /// - Parameter reason: the way in which the user became an admin, where the actor does not tell.
    static func details(isAdmin: Bool, because reason: String? = nil) -> [AuditEvent.Detail] {
        let roles = isAdmin ? ("user", "admin") : ("admin", "user")
        return [.init("from", roles.0), .init("to", roles.1)] + (reason.map { [.init("reason", $0)] } ?? [])
    }
}
