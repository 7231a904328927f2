import Basics
import Domain

/// Statements about factors that were removed or replaced: they still show the owner to the links of earlier changes.
extension Connection {
    /// True if factors that are removed now have to be kept for a link that recovers the account: that in the notice of
    /// the removal, or one that was mailed before.
    func keepsFactors(of user: UserID, at time: Timestamp, notifying notice: SecurityNotice?) throws -> Bool {
        if notice?.recoveryDigest != nil { return true }
        return try row(
            """
            SELECT 1 FROM account_links
             WHERE user_id = \(user) AND purpose = \(LinkPurpose.recovery.rawValue) AND expires_at > \(time) LIMIT 1
            """
        ) { _ in true } ?? false
    }

    /// Keeps the user's authenticator app, which is about to be removed.
    func keepApp(of user: UserID, removedAt time: Timestamp) throws {
        try execute(
            """
            INSERT INTO former_apps (user_id, activated_at, sealed_secret, last_step, removed_at)
            SELECT user_id, activated_at, sealed_secret, last_step, CAST(\(time) AS BIGINT)
              FROM second_factors WHERE user_id = \(user)
            ON CONFLICT (user_id, activated_at) DO NOTHING
            """)
    }

    /// Keeps the user's recovery codes, which are about to be removed, if a link may want one of them.
    func keepRecoveryCodes(of user: UserID, removedAt time: Timestamp, notifying notice: SecurityNotice?) throws {
        guard try keepsFactors(of: user, at: time, notifying: notice) else { return }
        try keepRecoveryCodes(of: user, removedAt: time)
    }

    func keepRecoveryCodes(of user: UserID, removedAt time: Timestamp) throws {
        try execute(
            """
            INSERT INTO former_recovery_codes (id, user_id, sealed_digest, removed_at)
            SELECT id, user_id, sealed_digest, CAST(\(time) AS BIGINT)
              FROM recovery_codes WHERE user_id = \(user) AND used_at IS NULL
            """)
    }

    /// Removes those of the user's passkeys for which the condition holds.
    /// - Parameter keeps: true if they may still show the owner.
    func removePasskeys(
        of user: UserID, where condition: SQL, at time: Timestamp, keeping keeps: Bool
    ) throws {
        if keeps {
            try execute(
                """
                INSERT INTO former_passkeys (
                    id, user_id, credential_id, public_key, user_handle, name, transports, aaguid, created_at,
                    is_of_verified_address, is_backup_eligible, is_backed_up, sign_count, last_used_at, suspected_at,
                    removed_at
                )
                SELECT id, user_id, credential_id, public_key, user_handle, name, transports, aaguid, created_at,
                       is_of_verified_address, is_backup_eligible, is_backed_up, sign_count, last_used_at, suspected_at,
                       CAST(\(time) AS BIGINT)
                  FROM passkeys WHERE user_id = \(user) AND \(condition)
                """)
        }
        try execute("DELETE FROM passkeys WHERE user_id = \(user) AND \(condition)")
    }

    /// Removes the apps and recovery codes that were kept; false if there are none.
    func removeFormerSecondFactors(of user: UserID) throws -> Bool {
        let apps = try execute("DELETE FROM former_apps WHERE user_id = \(user)")
        let codes = try execute("DELETE FROM former_recovery_codes WHERE user_id = \(user)")
        return apps + codes > 0
    }

    /// Deletes those to which no link can refer any more.
    func deleteFormerFactors(at time: Timestamp) throws {
        let start = time.adding(seconds: -SecurityNotice.recoveryLifetimeSeconds)
        try execute("DELETE FROM former_apps WHERE removed_at <= \(start)")
        try execute("DELETE FROM former_recovery_codes WHERE removed_at <= \(start)")
        try execute("DELETE FROM former_passkeys WHERE removed_at <= \(start)")
    }

    // MARK: Older factors

    /// The apps that the user had before this time and at it.
    func olderApps(of user: UserID, than time: Timestamp) throws -> [SecondFactor] {
        try rows(
            """
            SELECT sealed_secret, activated_at, last_step FROM second_factors
             WHERE user_id = \(user) AND activated_at < \(time)
            UNION ALL
            SELECT sealed_secret, activated_at, last_step FROM former_apps
             WHERE user_id = \(user) AND activated_at < \(time) AND removed_at >= \(time)
            """
        ) {
            SecondFactor(
                userID: user, sealedSecret: $0.text(0), activatedAt: Timestamp(milliseconds: $0.integer(1)),
                lastStep: $0.integer(2), recoveryCodes: [])
        }
    }

    /// The recovery codes that the user had before this time and at it, and has not used. Their ids tell when they were
    /// made.
    func olderRecoveryCodes(of user: UserID, than time: Timestamp) throws -> [RecoveryCode] {
        let end = UUIDv7Generator.least(at: time)
        return try rows(
            """
            SELECT id, sealed_digest FROM recovery_codes
             WHERE user_id = \(user) AND id < \(end) AND used_at IS NULL
            UNION ALL
            SELECT id, sealed_digest FROM former_recovery_codes
             WHERE user_id = \(user) AND id < \(end) AND used_at IS NULL AND removed_at >= \(time)
            """
        ) { RecoveryCode(id: RecoveryCodeID(rawValue: $0.text(0)), sealedDigest: $0.text(1)) }
    }

    /// Removes recovery codes that were made lately.
    func removeRecoveryCodes(of user: UserID, madeSince start: Timestamp) throws {
        try execute(
            "DELETE FROM recovery_codes WHERE user_id = \(user) AND id >= \(UUIDv7Generator.least(at: start))")
    }

    /// Notes the use of an older factor; false if it was used in the same way before.
    func use(_ use: OlderFactorUse, of user: UserID, at time: Timestamp) throws -> Bool {
        switch use {
        case .app(let activatedAt, let step):
            let uses = ["second_factors", "former_apps"].map { table -> SQL in
                """
                UPDATE \(SQL(trusted: table)) SET last_step = \(step)
                 WHERE user_id = \(user) AND activated_at = \(activatedAt) AND last_step < \(step)
                """
            }
            return try uses.contains { try execute($0) > 0 }
        case .recoveryCode(let id):
            let uses = ["recovery_codes", "former_recovery_codes"].map { table -> SQL in
                """
                UPDATE \(SQL(trusted: table)) SET used_at = \(time)
                 WHERE id = \(id) AND user_id = \(user) AND used_at IS NULL
                """
            }
            return try uses.contains { try execute($0) > 0 }
        case .passkey(let use):
            if try self.use(use, of: user, at: time) { return true }
            return try execute(
                """
                UPDATE former_passkeys SET sign_count = \(use.signCount), last_used_at = \(time)
                 WHERE id = \(use.id) AND user_id = \(user) AND suspected_at IS NULL
                   AND (sign_count < \(use.signCount) OR (sign_count = 0 AND \(use.signCount == 0)))
                """) > 0
        }
    }
}
