import Domain

/// Statements about sessions and devices that several transactions share.
extension Connection {
    /// Stores a session, with all changes and records that belong to its beginning.
    func insert(_ new: NewSession, recording event: AuditEvent?, in audit: AuditChain?) throws {
        let session = new.session
        try execute(
            """
            INSERT INTO sessions
                (id, user_id, token_digest, created_at, updated_at, expires_at, limited_from, proved_at, seen_at,
                 ip_address, user_agent, remembered)
            VALUES (\(session.id), \(session.userID), \(new.tokenDigest), \(session.createdAt), \(session.updatedAt),
                \(session.expiresAt), \(session.limitedFrom), \(session.provedAt), \(session.seenAt),
                \(session.ipAddress), \(session.userAgent), \(session.isRemembered))
            """)
        if let device = new.device { try insert(device, of: session.userID) }
        // Rows before audit records: appending locks the trail until the commit, and other transactions may hold this
        // row while they wait for that lock.
        let hasReplaced = try new.replaced.map { try deleteSession($0.id, of: $0.userID) } ?? false
        try record(event, in: audit)
        if hasReplaced { try record(new.replaced?.event, in: audit) }
    }

    /// False if there was no such session.
    func deleteSession(_ id: SessionID, of user: UserID) throws -> Bool {
        guard try execute("DELETE FROM sessions WHERE id = \(id) AND user_id = \(user)") > 0 else { return false }
        try announce(.session(id))
        return true
    }

    /// Ends all of the user's sessions, or all but one; returns the ids of those deleted.
    func deleteSessions(of user: UserID, except kept: SessionID? = nil) throws -> [SessionID] {
        try rows("DELETE FROM sessions WHERE user_id = \(user) AND id <> \(kept?.rawValue ?? "") RETURNING id") {
            SessionID(rawValue: $0.text(0))
        }
    }

    /// Deletes data tied to the user's password: links that set a new one or that its knowledge permitted, sign-ins that
    /// wait for the second factor, one that is being set up, a new password that waits, and devices with an allowance for
    /// wrong passwords.
    func forgetPassword(of user: UserID) throws {
        try execute(
            """
            DELETE FROM account_links
             WHERE user_id = \(user) AND purpose IN ('password-reset', 'email-change', 'account-deletion')
            """)
        try execute("DELETE FROM known_devices WHERE user_id = \(user)")
        try execute("DELETE FROM sign_in_challenges WHERE user_id = \(user)")
        try execute("DELETE FROM pending_factors WHERE user_id = \(user)")
        try execute("DELETE FROM waiting_resets WHERE user_id = \(user)")
    }

    private func insert(_ device: NewDevice, of user: UserID) throws {
        if let replaced = device.replacedDigest {
            try execute("DELETE FROM known_devices WHERE digest = \(replaced) AND user_id = \(user)")
        }
        try execute(
            """
            INSERT INTO known_devices (digest, user_id, created_at, expires_at, trusted_until)
            VALUES (\(device.digest), \(user), \(device.createdAt), \(device.expiresAt), \(device.trustedUntil))
            """)
        try execute(
            """
            DELETE FROM known_devices WHERE user_id = \(user) AND digest NOT IN (
                SELECT digest FROM known_devices WHERE user_id = \(user)
                 ORDER BY created_at DESC, digest = \(device.digest) DESC, digest
                 LIMIT \(KnownDevice.maximumPerAccount))
            """)
    }
}
