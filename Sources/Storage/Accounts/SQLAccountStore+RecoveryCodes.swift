import Basics
import Domain

extension SQLAccountStore: RecoveryCodeStore {
    // MARK: Reading

    package func recoverableAccount(_ email: EmailAddress) async throws -> RecoverableAccount? {
        try await translatingErrors {
            try await database.read { connection in
                let user = try connection.row("SELECT \(Self.userColumns) FROM users WHERE email = \(email)") {
                    User(row: $0)
                }
                // Read for an address without an account as well, by an id that no user has.
                let id = user?.id ?? UserID(rawValue: "")
                let secret = try connection.row(
                    "SELECT sealed_secret, activated_at, last_step FROM second_factors WHERE user_id = \(id)"
                ) { (text: $0.text(0), activatedAt: Timestamp(milliseconds: $0.integer(1)), lastStep: $0.integer(2)) }
                let hasPasskey = try connection.hasPasskey(id)
                let reset = try connection.waitingReset(of: id)
                let codes = try connection.rows(
                    """
                    SELECT id, sealed_digest, used_at FROM recovery_codes
                     WHERE user_id = \(id) AND (used_at IS NULL OR id IN (
                         SELECT first_code_id FROM waiting_resets WHERE user_id = \(id)
                         UNION SELECT second_code_id FROM waiting_resets WHERE user_id = \(id)))
                     ORDER BY id
                    """
                ) {
                    (
                        code: RecoveryCode(id: RecoveryCodeID(rawValue: $0.text(0)), sealedDigest: $0.text(1)),
                        isUsed: !$0.isNull(2)
                    )
                }
                guard let user else { return nil }
                let unused = codes.filter { !$0.isUsed }.map(\.code)
                let factor = secret.map {
                    SecondFactor(
                        userID: id, sealedSecret: $0.text, activatedAt: $0.activatedAt, lastStep: $0.lastStep,
                        recoveryCodes: unused, allowsPasskey: hasPasskey)
                }
                return RecoverableAccount(
                    user: user, secondFactor: factor, hasPasskey: hasPasskey, codes: unused,
                    usedCodes: codes.filter(\.isUsed).map(\.code), waitingReset: reset)
            }
        }
    }

    package func recoveryCodesLeft(of user: UserID) async throws -> Int {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    "SELECT COUNT(*) FROM recovery_codes WHERE user_id = \(user) AND used_at IS NULL"
                ) { Int($0.integer(0)) } ?? 0
            }
        }
    }

    package func waitingReset(of user: UserID) async throws -> WaitingReset? {
        try await translatingErrors { try await database.read { try $0.waitingReset(of: user) } }
    }

    // MARK: Codes

    package func setRecoveryCodes(
        of user: UserID, to codes: [RecoveryCode], from session: SessionID, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool {
        try await changing(
            user, where: "is_active AND NOT has_second_factor", notifying: notice, recording: event
        ) { connection in
            guard try connection.hasSession(session, of: user) else { return false }
            try connection.keepRecoveryCodes(of: user, removedAt: event.at, notifying: notice)
            try connection.replaceRecoveryCodes(of: user, with: codes)
            return true
        }
    }

    package func removeRecoveryCodes(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool {
        try await changing(
            user, where: "is_active AND NOT has_second_factor", notifying: notice, recording: event
        ) { connection in
            try connection.execute("DELETE FROM waiting_resets WHERE user_id = \(user)")
            try connection.keepRecoveryCodes(of: user, removedAt: event.at, notifying: notice)
            return try connection.execute("DELETE FROM recovery_codes WHERE user_id = \(user)") > 0
        }
    }

    // MARK: Waiting

    package func insert(_ reset: WaitingReset, recording event: AuditEvent) async throws -> Bool {
        guard let first = reset.codes.first, let second = reset.codes.last, first != second else { return false }
        do {
            return try await changing(reset.userID, where: "is_active", recording: event) { connection in
                // Thrown, so that neither of the codes is used up unless both are.
                guard try connection.isWithoutFactor(reset.userID),
                    try connection.use(SecondFactorUse.recoveryCode(first), of: reset.userID, at: event.at),
                    try connection.use(SecondFactorUse.recoveryCode(second), of: reset.userID, at: event.at)
                else { throw AppError.badCredentials }
                try connection.execute(
                    """
                    INSERT INTO waiting_resets
                        (user_id, first_code_id, second_code_id, requested_at, ready_at, expires_at)
                    VALUES (\(reset.userID), \(first), \(second), \(reset.requestedAt), \(reset.readyAt),
                        \(reset.expiresAt))
                    ON CONFLICT (user_id) DO UPDATE
                       SET first_code_id = excluded.first_code_id, second_code_id = excluded.second_code_id,
                           requested_at = excluded.requested_at, ready_at = excluded.ready_at,
                           expires_at = excluded.expires_at
                    """)
                return true
            }
        } catch AppError.badCredentials {
            return false
        }
    }

    package func stopReset(of user: UserID, recording event: AuditEvent) async throws -> Bool {
        try await changing(user, where: "TRUE", recording: event) { connection in
            try connection.execute("DELETE FROM waiting_resets WHERE user_id = \(user)") > 0
        }
    }

    package func complete(
        _ reset: WaitingReset, toSet hash: String, recording event: AuditEvent
    ) async throws -> [SessionID]? {
        guard let first = reset.codes.first, let second = reset.codes.last else { return nil }
        let user = reset.userID
        return try await translatingErrors {
            try await database.write { [audit] connection in
                guard try connection.lock(user, where: "is_active") != nil, try connection.isWithoutFactor(user) else {
                    return nil
                }
                let found = try connection.execute(
                    """
                    DELETE FROM waiting_resets
                     WHERE user_id = \(user) AND first_code_id = \(first) AND second_code_id = \(second)
                       AND ready_at <= \(event.at) AND expires_at > \(event.at)
                    """)
                guard found > 0, let ended = try connection.setPassword(of: user, to: hash, at: event.at) else {
                    return nil
                }
                try connection.announce(.user(user))
                try connection.record(event.counting(ended), in: audit)
                return ended.sessions
            }
        }
    }

    /// Runs a change under the lock of the user's row.
    /// - Returns: the result of `change`; false if the condition does not hold.
    private func changing(
        _ id: UserID, where condition: SQL, notifying notice: SecurityNotice? = nil, recording event: AuditEvent,
        _ change: @escaping @Sendable (any Connection) throws -> Bool
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let user = try connection.lock(id, where: condition), try change(connection) else { return false }
                try connection.notify(notice, before: user)
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                return true
            }
        }
    }
}

extension Connection {
    /// True for an account that recovery codes alone may give a new password, whose row is locked.
    fileprivate func isWithoutFactor(_ user: UserID) throws -> Bool {
        let hasFactor = try row("SELECT has_second_factor FROM users WHERE id = \(user)") { $0.bool(0) } ?? true
        return try !hasFactor && !hasPasskey(user)
    }

    fileprivate func waitingReset(of user: UserID) throws -> WaitingReset? {
        try row(
            """
            SELECT first_code_id, second_code_id, requested_at, ready_at, expires_at FROM waiting_resets
             WHERE user_id = \(user)
            """
        ) {
            WaitingReset(
                userID: user, codes: [RecoveryCodeID(rawValue: $0.text(0)), RecoveryCodeID(rawValue: $0.text(1))],
                requestedAt: Timestamp(milliseconds: $0.integer(2)), readyAt: Timestamp(milliseconds: $0.integer(3)),
                expiresAt: Timestamp(milliseconds: $0.integer(4)))
        }
    }
}
