import Basics
import Domain

/// Our tables as an import sees them: reads existing rows, and inserts new ones. Valid within the transaction of its
/// connection.
package struct ImportTarget {
    private let connection: any Connection
    private let time: Timestamp
    private let audit: AuditChain?

    /// - Parameters:
    ///   - time: the time of the import.
    ///   - audit: the chain that records the import; nil if nothing is written.
    package init(_ connection: any Connection, at time: Timestamp, audit: AuditChain? = nil) {
        self.connection = connection
        self.time = time
        self.audit = audit
    }

    /// The address of the user with this id.
    package func email(of id: UserID) throws -> EmailAddress? {
        try connection.row("SELECT email FROM users WHERE id = \(id)") { EmailAddress(stored: $0.text(0)) }
    }

    package func hasUser(with email: EmailAddress) throws -> Bool {
        try connection.row("SELECT 1 FROM users WHERE email = \(email)") { _ in true } ?? false
    }

    /// True if an account here had this address so lately that its owner can still recover it.
    package func keeps(_ email: EmailAddress) throws -> Bool { try connection.isKept(email, for: nil, at: time) }

    package func hasPasskey(_ credentialID: String) throws -> Bool {
        try connection.row("SELECT 1 FROM passkeys WHERE credential_id = \(credentialID)") { _ in true } ?? false
    }

    package func hasLink(to identity: ProviderIdentity) throws -> Bool {
        try connection.owner(of: identity) != nil
    }

    /// True if the task exists or is in the trash: tasks that their owner deleted must not come back.
    package func hasTask(_ id: TaskID, ownedBy owner: UserID) throws -> Bool {
        try TaskStatements.states(connection.dialect).contains { state in
            try connection.row("SELECT 1 FROM tasks WHERE user_id = \(owner) AND \(state) AND id = \(id)") { _ in true }
                ?? false
        }
    }

    /// - Parameter factor: the user's second factor, encrypted for the server.
    package func insert(_ imported: ImportedUser, secondFactor factor: SecondFactor?) throws {
        guard try connection.insert(imported.user, passwordHash: imported.passwordHash, at: time) else {
            throw AppError.emailTaken
        }
        if let picture = imported.picture { try connection.insert(picture, of: imported.user.id) }
        if let factor { try connection.insert(factor) }
        for passkey in imported.passkeys where try !connection.insert(passkey) { throw Passkey.known }
        for account in imported.linkedAccounts where try !connection.insert(account) { throw AppError.badCredentials }
    }

    /// Imported tasks count towards the quota but are not limited by it: the import is the operator's decision.
    package func insert(_ task: TaskItem) throws {
        try connection.enqueue(TaskStatements.insertion(of: task))
        try connection.index(task.texts, task.id, of: task.ownerID, key: connection.searchKey(task.ownerID))
        try connection.addUsage(task.size, of: task.ownerID)
    }

    package func record(_ event: AuditEvent) throws { try connection.record(event, in: audit) }
}
