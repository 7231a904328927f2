import Basics
import Domain

extension SQLAccountStore: AccountLinkStore {
    package func insert(_ link: AccountLink, in mail: OutgoingMail, recording event: AuditEvent) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let found = try connection.row(
                    "SELECT id, email_verified FROM users WHERE email = \(mail.address) AND is_active"
                ) { (id: UserID(rawValue: $0.text(0)), isVerified: $0.bool(1)) }
                let user = found?.id
                try connection.insert(link, of: user, mailedTo: mail.address)
                var mail = mail
                mail.userID = user
                let isNeeded = link.purpose != .emailVerification || found?.isVerified == false
                try connection.enqueue(mail, isWanted: user != nil && isNeeded)
                var event = event
                event.userID = user
                if user != nil { event.addressDigest = nil }
                try connection.record(event, in: audit)
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
        _ email: EmailAddress, of user: UserID, at time: Timestamp, recording event: AuditEvent
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let count = try connection.execute(
                    """
                    UPDATE users SET email_verified = \(true), updated_at = \(time)
                     WHERE id = \(user) AND email = \(email) AND NOT email_verified
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
                let used = try connection.execute(
                    """
                    DELETE FROM account_links
                     WHERE token_digest = \(tokenDigest) AND purpose = 'password-reset' AND user_id = \(id)
                       AND expires_at > \(time)
                    """)
                guard used > 0, let user = try connection.lock(id, where: "is_active"),
                    let ended = try connection.setPassword(of: id, to: hash, at: time)
                else { return nil }
                try connection.notify(notice, before: user)
                try connection.announce(.user(id))
                try connection.record(event.counting(ended), in: audit)
                return ended
            }
        }
    }
}

extension Connection {
    /// - Parameter user: nil for an address without an account; such a link is of no use.
    func insert(_ link: AccountLink, of user: UserID?, mailedTo address: EmailAddress?) throws {
        try execute(
            """
            INSERT INTO account_links (token_digest, purpose, user_id, address, created_at, expires_at)
            VALUES (
                \(link.tokenDigest), \(link.purpose.rawValue), \(user), \(address), \(link.createdAt),
                \(link.expiresAt)
            )
            """)
    }
}
