import Basics
import Domain

/// Statements about second factors that several transactions share.
extension Connection {
    /// Notes the use of a second factor, after which failures count from none; false if it was used in the same way
    /// before, or is no longer there.
    func use(_ use: SecondFactorUse, of user: UserID, at time: Timestamp) throws -> Bool {
        let noted =
            switch use {
            case .step(let step):
                try execute(
                    "UPDATE second_factors SET last_step = \(step) WHERE user_id = \(user) AND last_step < \(step)")
            case .recoveryCode(let id):
                try execute(
                    """
                    UPDATE recovery_codes SET used_at = \(time)
                     WHERE id = \(id) AND user_id = \(user) AND used_at IS NULL
                    """)
            case .passkey(let use): try self.use(use, of: user, at: time) ? 1 : 0
            }
        guard noted > 0 else { return false }
        try execute("DELETE FROM second_factor_failures WHERE user_id = \(user)")
        return true
    }

    /// Stores the second factor of a user who has none.
    func insert(_ factor: SecondFactor) throws {
        try execute(
            """
            INSERT INTO second_factors (user_id, sealed_secret, activated_at, last_step)
            VALUES (\(factor.userID), \(factor.sealedSecret), \(factor.activatedAt), \(factor.lastStep))
            """)
        try replaceRecoveryCodes(of: factor.userID, with: factor.recoveryCodes)
        try execute("UPDATE users SET has_second_factor = \(true) WHERE id = \(factor.userID)")
    }

    /// Removes the user's second factor, or one that was activated lately; false if there is none.
    /// - Parameter keeps: true if it may still show the owner.
    @discardableResult
    func removeSecondFactor(
        of user: UserID, at time: Timestamp, activatedSince start: Timestamp = Timestamp(milliseconds: 0),
        keeping keeps: Bool = false
    ) throws -> Bool {
        if keeps {
            try keepApp(of: user, removedAt: time)
            try keepRecoveryCodes(of: user, removedAt: time)
        }
        let removed = try execute(
            "DELETE FROM second_factors WHERE user_id = \(user) AND activated_at >= \(start)")
        guard removed > 0 else { return false }
        try execute("DELETE FROM recovery_codes WHERE user_id = \(user)")
        try execute("DELETE FROM second_factor_failures WHERE user_id = \(user)")
        try execute("DELETE FROM pending_factors WHERE user_id = \(user)")
        try execute("DELETE FROM sign_in_challenges WHERE user_id = \(user)")
        try untrustDevices(of: user)
        try execute(
            "UPDATE users SET has_second_factor = \(false), updated_at = \(time) WHERE id = \(user)")
        return true
    }

    /// False if no device was trusted.
    @discardableResult
    func untrustDevices(of user: UserID) throws -> Bool {
        try execute(
            "UPDATE known_devices SET trusted_until = NULL WHERE user_id = \(user) AND trusted_until IS NOT NULL") > 0
    }

    /// Removes the recovery codes of a user without a second factor, with which they set a new password.
    /// - Parameter keeps: true if they may still show the owner.
    func removeLoneRecoveryCodes(of user: UserID, at time: Timestamp, keeping keeps: Bool) throws {
        guard try row("SELECT 1 FROM second_factors WHERE user_id = \(user)", { _ in true }) == nil else { return }
        if keeps { try keepRecoveryCodes(of: user, removedAt: time) }
        try execute("DELETE FROM recovery_codes WHERE user_id = \(user)")
    }

    /// Replaces all recovery codes, which ends a new password that waits for two of them.
    func replaceRecoveryCodes(of user: UserID, with codes: [RecoveryCode]) throws {
        try execute("DELETE FROM waiting_resets WHERE user_id = \(user)")
        try execute("DELETE FROM recovery_codes WHERE user_id = \(user)")
        for code in codes {
            try execute(
                """
                INSERT INTO recovery_codes (id, user_id, sealed_digest)
                VALUES (\(code.id), \(user), \(code.sealedDigest))
                """)
        }
    }

    /// The user's second factor, with the recovery codes that were not used.
    func secondFactor(of user: UserID) throws -> SecondFactor? {
        let found = try row(
            "SELECT sealed_secret, activated_at, last_step FROM second_factors WHERE user_id = \(user)"
        ) { (secret: $0.text(0), activatedAt: Timestamp(milliseconds: $0.integer(1)), lastStep: $0.integer(2)) }
        guard let found else { return nil }
        let codes = try rows(
            "SELECT id, sealed_digest FROM recovery_codes WHERE user_id = \(user) AND used_at IS NULL ORDER BY id"
        ) { RecoveryCode(id: RecoveryCodeID(rawValue: $0.text(0)), sealedDigest: $0.text(1)) }
        return SecondFactor(
            userID: user, sealedSecret: found.secret, activatedAt: found.activatedAt, lastStep: found.lastStep,
            recoveryCodes: codes, allowsPasskey: try hasPasskey(user))
    }

    /// Counts an attempt from a known device or another, and locks the factor if it is one too many.
    /// - Returns: the failures in a row with this attempt; or the end of a lock.
    func countAttempt(
        of user: UserID, isKnownDevice: Bool, at time: Timestamp
    ) throws -> (failures: Int64, lockedUntil: Timestamp?) {
        let origin = isKnownDevice ? "known" : "unknown"
        let known = try row(
            """
            SELECT failures, locked_until FROM second_factor_failures WHERE user_id = \(user) AND origin = \(origin)
            """
        ) { (failures: $0.integer(0), lockedUntil: $0.optionalInteger(1).map(Timestamp.init(milliseconds:))) }
        if let until = known?.lockedUntil, until > time { return (known?.failures ?? 0, until) }
        let failures = (known?.failures ?? 0) + 1
        let lock = SecondFactorLimits.lockSeconds(after: failures).map { time.adding(seconds: $0) }
        try execute(
            """
            INSERT INTO second_factor_failures (user_id, origin, failures, locked_until)
            VALUES (\(user), \(origin), \(failures), \(lock))
            ON CONFLICT (user_id, origin) DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until
            """)
        return (failures, nil)
    }
}
