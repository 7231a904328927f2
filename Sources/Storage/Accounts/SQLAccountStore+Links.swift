import Basics
import Domain

extension SQLAccountStore: AccountLinkStore {
    package func insert(_ mailed: MailedLink) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let address = mailed.mail.address
                let found = try connection.row(
                    "SELECT id, email_verified FROM users WHERE email = \(address) AND is_active"
                ) { (id: UserID(rawValue: $0.text(0)), isVerified: $0.bool(1)) }
                let tellsOwner = mailed.mail.kind == .existingAccount
                let isNeeded =
                    tellsOwner || mailed.link.purpose != .emailVerification || found?.isVerified == false
                let event = try connection.insert(
                    mailed, of: tellsOwner ? nil : found?.id, isWanted: found != nil && isNeeded)
                try connection.record(event, in: audit)
            }
        }
    }

    package func tryCode(
        _ codeDigests: [String], for purpose: LinkPurpose, of holder: LinkHolder, at time: Timestamp
    ) async throws -> String? {
        let since = time.adding(seconds: -AccountLink.codeLifetimeSeconds)
        let isHolders: SQL =
            switch holder {
            case .address(let address): "address = \(address)"
            case .user(let user): "user_id = \(user)"
            }
        return try await translatingErrors {
            try await database.write { connection in
                // One statement counts and reads, so that attempts at the same time are not looked at before they
                // count.
                let rows = try connection.rows(
                    """
                    UPDATE account_links SET code_attempts = code_attempts + 1
                     WHERE \(isHolders) AND purpose = \(purpose.rawValue) AND created_at > \(since)
                    RETURNING token_digest, code_digest, code_attempts, expires_at
                    """
                ) {
                    (
                        token: $0.text(0), code: $0.optionalText(1), attempts: $0.integer(2),
                        expiry: Timestamp(milliseconds: $0.integer(3))
                    )
                }
                // An older code counts what was typed before the newest was mailed.
                guard let attempts = rows.map(\.attempts).max(), attempts <= AccountLink.wrongCodes else { return nil }
                return rows.first { row in
                    row.expiry > time && (row.code.map(codeDigests.contains) ?? false)
                }?.token
            }
        }
    }

    package func insert(_ link: ResetLink, recording event: AuditEvent) async throws {
        try await translatingErrors(
            referringTo: .account(link.userID, ifMissing: .notFound("The account was deleted in the meantime.")),
            in: database
        ) {
            try await database.write { [audit] connection in
                try connection.execute(
                    "DELETE FROM account_links WHERE user_id = \(link.userID) AND purpose = 'password-reset'")
                try connection.insert(
                    AccountLink(
                        purpose: .passwordReset, tokenDigest: link.tokenDigest, createdAt: link.createdAt,
                        expiresAt: link.expiresAt), of: link.userID, mailedTo: nil)
                try connection.record(event, in: audit)
            }
        }
    }

    package func user(
        of purpose: LinkPurpose, tokenDigest: String, at time: Timestamp
    ) async throws -> User? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns) FROM account_links JOIN users ON users.id = account_links.user_id
                     WHERE account_links.token_digest = \(tokenDigest) AND account_links.purpose = \(purpose.rawValue)
                       AND account_links.expires_at > \(time) AND users.is_active
                       AND COALESCE(account_links.address, users.email) = users.email
                    """
                ) { User(row: $0) }
            }
        }
    }

    package func verify(
        _ email: EmailAddress, of user: UserID, elsewhere isElsewhere: Bool, at time: Timestamp,
        recording event: AuditEvent
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let count = try connection.execute(
                    """
                    UPDATE users
                       SET email_verified = \(true), confirmed_elsewhere = \(isElsewhere), updated_at = \(time)
                     WHERE id = \(user) AND email = \(email)
                       AND (NOT email_verified OR confirmed_elsewhere AND NOT \(isElsewhere))
                    """)
                guard count > 0 else { return false }
                try connection.announce(.user(user))
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func useResetLink(
        tokenDigest: String, toSet hash: String, of id: UserID, at time: Timestamp,
        notifying notice: SecurityNotice? = nil, recording event: AuditEvent
    ) async throws -> [SessionID]? {
        try await translatingErrors {
            try await database.write { [audit] connection in
                // Deleting it makes it valid only once: of two concurrent uses, one finds nothing.
                let used = try connection.row(
                    """
                    DELETE FROM account_links
                     WHERE token_digest = \(tokenDigest) AND purpose = 'password-reset' AND user_id = \(id)
                       AND expires_at > \(time)
                    RETURNING address
                    """
                ) { $0.optionalText(0) }
                guard let address = used, let user = try connection.lock(id, where: "is_active") else { return nil }
                if address == nil { try connection.endRecovery(of: id) }
                guard let ended = try connection.setPassword(of: id, to: hash, at: time, notifying: notice) else {
                    return nil
                }
                var event = event
                // A mailed link proves the address that it was sent to; one from the operator proves none.
                if let address {
                    let keeps = try connection.keepsFactors(of: id, at: time, notifying: notice)
                    let isFirstProof =
                        try connection.execute(
                            """
                            UPDATE users SET email_verified = \(true)
                             WHERE id = \(id) AND email = \(address) AND NOT email_verified
                            """) > 0
                    try connection.execute(
                        "UPDATE users SET confirmed_elsewhere = \(false) WHERE id = \(id) AND email = \(address)")
                    // Those from before may be of someone else, who signed up with the address.
                    try connection.removePasskeys(
                        of: id, where: "NOT is_of_verified_address", at: time, keeping: keeps)
                    if isFirstProof, try connection.removeSecondFactor(of: id, at: time, keeping: keeps) {
                        event.details.append(AuditEvent.Detail("second_factor", "removed"))
                    }
                }
                try connection.notify(notice, before: user)
                try connection.announce(.user(id))
                try connection.record(event.counting(ended), in: audit)
                return ended.sessions
            }
        }
    }
}

extension Connection {
    /// - Parameters:
    ///   - user: nil for an address without an account; such a link is void.
    ///   - isMailed: false if the e-mail is never sent: a code that no one gets could only be guessed.
    func insert(
        _ link: AccountLink, of user: UserID?, mailedTo address: EmailAddress?, isMailed: Bool = false
    ) throws {
        try execute(
            """
            INSERT INTO account_links (
                token_digest, purpose, user_id, address, code_digest, created_at, expires_at
            ) VALUES (
                \(link.tokenDigest), \(link.purpose.rawValue), \(user), \(address),
                \(isMailed ? link.codeDigest : nil),
                \(link.createdAt), \(link.expiresAt)
            )
            """)
    }

    /// - Parameters:
    ///   - user: nil for an address without an account.
    ///   - isWanted: false for an e-mail that is never to be sent.
    ///   - replaces: true to void the user's earlier links of the purpose. If the e-mail exceeds a limit, they stay: the last
    ///     one that was sent is what the user has. That does not depend on `isWanted`, which may tell of others.
    /// - Returns: the event to record, after all rows of the transaction: recording locks the audit trail.
    func insert(
        _ mailed: MailedLink, of user: UserID?, isWanted: Bool, replacingEarlier replaces: Bool = false
    ) throws -> AuditEvent {
        var (mail, event) = (mailed.mail, mailed.event)
        (mail.userID, event.userID) = (user, user)
        if user != nil { event.addressDigest = nil }
        let state = try enqueue(mail, isWanted: isWanted)
        if replaces {
            // Attempts to type a code go on counting.
            try execute(
                """
                UPDATE account_links SET expires_at = \(mail.createdAt)
                 WHERE user_id = \(user) AND purpose = \(mailed.link.purpose.rawValue)
                   AND expires_at > \(mail.createdAt) AND \(state != .limited)
                """)
        }
        try insert(mailed.link, of: user, mailedTo: mail.address, isMailed: state == .waiting)
        return event
    }

    /// Voids the links that recover the user's account.
    func endRecovery(of user: UserID) throws {
        try execute(
            "DELETE FROM account_links WHERE user_id = \(user) AND purpose = \(LinkPurpose.recovery.rawValue)")
    }
}
