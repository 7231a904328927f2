import Basics
import Domain

extension SQLAccountStore: MailedProofStore {
    package func insert(_ mailed: MailedLink, proving user: UserID, in session: SessionID) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard try connection.canProve(user, in: session, at: mailed.mail.address) else { return false }
                try connection.record(
                    try connection.insert(mailed, of: user, isWanted: true, replacingEarlier: true), in: audit)
                return true
            }
        }
    }

    package func prove(
        _ session: SessionID, of user: UserID, byCodeOf tokenDigest: String, using use: SecondFactorUse?,
        notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool {
        do {
            return try await translatingErrors {
                try await database.write { [audit] connection in
                    // Thrown, so that the code is not used up unless the second factor is right.
                    guard
                        let locked = try connection.lock(
                            user, where: use == nil ? "NOT has_second_factor" : "has_second_factor"),
                        let address = try connection.row(
                            """
                            DELETE FROM account_links
                             WHERE token_digest = \(tokenDigest) AND purpose = \(LinkPurpose.proof.rawValue)
                               AND user_id = \(user) AND expires_at > \(event.at)
                            RETURNING address
                            """, { EmailAddress(stored: $0.text(0)) }),
                        try connection.canProve(user, in: session, at: address),
                        try use.map({ try connection.use($0, of: user, at: event.at) }) ?? true
                    else { throw AppError.badCredentials }
                    try connection.execute("UPDATE sessions SET proved_at = \(event.at) WHERE id = \(session)")
                    try connection.notify(notice, before: locked)
                    try connection.announce(.session(session))
                    try connection.record(event, in: audit)
                    return true
                }
            }
        } catch AppError.badCredentials {
            return false
        }
    }
}

extension Connection {
    /// True if a code that is mailed to this address proves the user.
    fileprivate func canProve(_ user: UserID, in session: SessionID, at address: EmailAddress) throws -> Bool {
        guard
            let locked = try lock(user, where: "is_active AND email_verified"),
            locked.email == address, locked.passwordHash == nil
        else { return false }
        return try hasSession(session, of: user)
    }
}
