import Basics
import Domain

extension SQLAccountStore: SecondFactorStore {
    package func secondFactor(of user: UserID) async throws -> SecondFactor? {
        try await translatingErrors { try await database.read { try $0.secondFactor(of: user) } }
    }

    // MARK: Setting up

    package func insert(
        _ pending: PendingFactor, from session: SessionID, using use: SecondFactorUse?
    ) async throws -> Bool {
        let time = pending.expiresAt.adding(seconds: -PendingFactor.lifetimeSeconds)
        return try await translatingErrors {
            try await database.write { connection in
                guard
                    try connection.lock(
                        pending.userID, where: use == nil ? "is_active AND NOT has_second_factor" : "is_active") != nil,
                    try connection.hasSession(session, of: pending.userID),
                    try use.map({ try connection.use($0, of: pending.userID, at: time) }) ?? true
                else { return false }
                try connection.execute(
                    """
                    INSERT INTO pending_factors (user_id, sealed_secret, expires_at)
                    VALUES (\(pending.userID), \(pending.sealedSecret), \(pending.expiresAt))
                    ON CONFLICT (user_id) DO UPDATE
                       SET sealed_secret = excluded.sealed_secret, expires_at = excluded.expires_at
                    """)
                return true
            }
        }
    }

    package func pendingFactor(of user: UserID, at time: Timestamp) async throws -> PendingFactor? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT sealed_secret, expires_at FROM pending_factors
                     WHERE user_id = \(user) AND expires_at > \(time)
                    """
                ) {
                    PendingFactor(
                        userID: user, sealedSecret: $0.text(0), expiresAt: Timestamp(milliseconds: $0.integer(1)))
                }
            }
        }
    }

    package func activate(
        _ pending: PendingFactor, as factor: SecondFactor, from session: SessionID, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool {
        try await changingFactor(of: pending.userID, notifying: notice, recording: event) { connection, user in
            guard try connection.hasSession(session, of: user) else { return false }
            let isPending = try connection.execute(
                """
                DELETE FROM pending_factors
                 WHERE user_id = \(user) AND sealed_secret = \(pending.sealedSecret) AND expires_at > \(event.at)
                """)
            guard isPending > 0 else { return false }
            try connection.removeSecondFactor(
                of: user, at: event.at,
                keeping: try connection.keepsFactors(of: user, at: event.at, notifying: notice))
            try connection.insert(factor)
            try connection.execute("UPDATE users SET updated_at = \(event.at) WHERE id = \(user)")
            return true
        }
    }

    // MARK: Changes

    package func use(
        _ use: SecondFactorUse, of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool {
        try await changingFactor(of: user, notifying: notice, recording: event) { connection, user in
            try connection.use(use, of: user, at: event.at)
        }
    }

    package func replaceRecoveryCodes(
        of user: UserID, with codes: [RecoveryCode], using use: SecondFactorUse, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool {
        try await changingFactor(of: user, notifying: notice, recording: event) { connection, user in
            guard try connection.use(use, of: user, at: event.at) else { return false }
            try connection.keepRecoveryCodes(of: user, removedAt: event.at, notifying: notice)
            try connection.replaceRecoveryCodes(of: user, with: codes)
            return true
        }
    }

    package func removeSecondFactor(
        of user: UserID, using use: SecondFactorUse?, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool {
        try await changingFactor(of: user, notifying: notice, recording: event, whileActive: use != nil) {
            connection, user in
            if let use, try !connection.use(use, of: user, at: event.at) { return false }
            guard use == nil else {
                let keeps = try connection.keepsFactors(of: user, at: event.at, notifying: notice)
                return try connection.removeSecondFactor(of: user, at: event.at, keeping: keeps)
            }
            // What the operator removes is lost, or not the owner's; so may be a factor that was removed just before.
            let kept = try connection.removeFormerSecondFactors(of: user)
            return try connection.removeSecondFactor(of: user, at: event.at) || kept
        }
    }

    package func trustedDevices(of user: UserID, at time: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    "SELECT COUNT(*) FROM known_devices WHERE user_id = \(user) AND trusted_until > \(time)"
                ) { Int($0.integer(0)) } ?? 0
            }
        }
    }

    package func untrustDevices(of user: UserID, recording event: AuditEvent) async throws -> Bool {
        try await changingFactor(of: user, notifying: nil, recording: event) { connection, user in
            try connection.untrustDevices(of: user)
        }
    }

    package func resetPassword(
        of user: UserID, to hash: String, using uses: [SecondFactorUse], recording event: AuditEvent
    ) async throws -> [SessionID]? {
        do {
            return try await translatingErrors {
                try await database.write { [audit] connection in
                    // Thrown, so that none of the uses is noted unless all are.
                    guard try connection.lock(user, where: "is_active") != nil,
                        try uses.allSatisfy({ try connection.use($0, of: user, at: event.at) }),
                        let ended = try connection.setPassword(of: user, to: hash, at: event.at)
                    else { throw AppError.badCredentials }
                    try connection.announce(.user(user))
                    try connection.record(event.counting(ended), in: audit)
                    return ended.sessions
                }
            }
        } catch AppError.badCredentials {
            return nil
        }
    }

    /// Runs a change under the lock of the user's row. All changes take it, as do sessions that begin: none begins without
    /// a second factor that the account has got meanwhile.
    /// - Returns: the result of `change`; false if there is no such user.
    private func changingFactor(
        of id: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent, whileActive: Bool = true,
        _ change: @escaping @Sendable (any Connection, UserID) throws -> Bool
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let user = try connection.lock(id, where: whileActive ? "is_active" : "TRUE"),
                    try change(connection, id)
                else { return false }
                try connection.notify(notice, before: user)
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    // MARK: Attempts

    package func trySecondFactor(of subject: SecondFactorSubject, at time: Timestamp) async throws -> SecondFactorTry {
        try await translatingErrors {
            try await database.write { connection in
                // The user's row is locked first, as by all others, so that concurrent attempts wait for each other.
                guard let id = try connection.user(of: subject),
                    try connection.lock(id, where: "is_active AND has_second_factor") != nil,
                    let user = try connection.row(
                        "SELECT \(Self.userColumns) FROM users WHERE id = \(id)", { User(row: $0) }),
                    let factor = try connection.secondFactor(of: id)
                else { return .gone }
                var challenge: SignInChallenge?
                if case .challenge(let digest) = subject {
                    challenge = try connection.tryChallenge(digest, at: time)
                    if challenge == nil { return try connection.isTriedOut(digest, at: time) ? .triedOut : .gone }
                }
                let (failures, lockedUntil) = try connection.countAttempt(
                    of: id, isKnownDevice: challenge?.isKnownDevice ?? true, at: time)
                if let lockedUntil { return .locked(until: lockedUntil) }
                return .admitted(user, factor, challenge, failures: failures)
            }
        }
    }

    package func secondFactorFailed(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws {
        try await translatingErrors {
            _ = try await database.write { [audit] connection in
                if let notice, let locked = try connection.lock(user, where: "is_active") {
                    try connection.notify(notice, before: locked)
                }
                try connection.record(event, in: audit)
            }
        }
    }

    // MARK: Rotation of the server's secret

    package func sealedFactors(after user: UserID?, limit: Int) async throws -> [SealedFactor] {
        try await translatingErrors {
            try await database.read { connection in
                let users = try connection.rows(
                    """
                    SELECT user_id FROM second_factors WHERE user_id > \(user?.rawValue ?? "")
                    UNION SELECT user_id FROM recovery_codes WHERE user_id > \(user?.rawValue ?? "")
                     ORDER BY user_id LIMIT \(limit)
                    """
                ) { UserID(rawValue: $0.text(0)) }
                return try users.flatMap { user in
                    let secrets = try connection.rows(
                        "SELECT sealed_secret FROM second_factors WHERE user_id = \(user)"
                    ) { SealedFactor(userID: user, codeID: nil, text: $0.text(0)) }
                    let codes = try connection.rows(
                        "SELECT id, sealed_digest FROM recovery_codes WHERE user_id = \(user) ORDER BY id"
                    ) { SealedFactor(userID: user, codeID: RecoveryCodeID(rawValue: $0.text(0)), text: $0.text(1)) }
                    return secrets + codes
                }
            }
        }
    }

    package func reseal(_ factor: SealedFactor, as text: String) async throws {
        try await translatingErrors {
            _ = try await database.write { connection in
                if let code = factor.codeID {
                    try connection.execute(
                        """
                        UPDATE recovery_codes SET sealed_digest = \(text)
                         WHERE id = \(code) AND sealed_digest = \(factor.text)
                        """)
                } else {
                    try connection.execute(
                        """
                        UPDATE second_factors SET sealed_secret = \(text)
                         WHERE user_id = \(factor.userID) AND sealed_secret = \(factor.text)
                        """)
                }
            }
        }
    }
}

extension Connection {
    fileprivate func user(of subject: SecondFactorSubject) throws -> UserID? {
        switch subject {
        case .user(let user): user
        case .challenge(let digest):
            try row("SELECT user_id FROM sign_in_challenges WHERE token_digest = \(digest)") {
                UserID(rawValue: $0.text(0))
            }
        }
    }

    /// Counts an attempt to answer a challenge; nil if it is no longer to be answered.
    fileprivate func tryChallenge(_ digest: String, at time: Timestamp) throws -> SignInChallenge? {
        try row(
            """
            UPDATE sign_in_challenges SET tries = tries + 1
             WHERE token_digest = \(digest) AND expires_at > \(time) AND tries < \(SecondFactorLimits.triesOfChallenge)
            RETURNING user_id, created_at, is_remembered, is_known_device
            """
        ) {
            SignInChallenge(
                tokenDigest: digest, userID: UserID(rawValue: $0.text(0)),
                createdAt: Timestamp(milliseconds: $0.integer(1)), isRemembered: $0.bool(2), isKnownDevice: $0.bool(3))
        }
    }

    fileprivate func isTriedOut(_ digest: String, at time: Timestamp) throws -> Bool {
        try row("SELECT 1 FROM sign_in_challenges WHERE token_digest = \(digest) AND expires_at > \(time)") { _ in true
        }
            ?? false
    }
}
