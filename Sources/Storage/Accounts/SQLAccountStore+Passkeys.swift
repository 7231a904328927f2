import Basics
import Domain

extension SQLAccountStore: PasskeyStore {
    static let passkeyColumns = SQLColumns(
        """
        passkeys.id, passkeys.user_id, passkeys.credential_id, passkeys.public_key, passkeys.user_handle,
        passkeys.name, passkeys.transports, passkeys.aaguid, passkeys.created_at, passkeys.is_of_verified_address,
        passkeys.is_backup_eligible, passkeys.is_backed_up, passkeys.sign_count, passkeys.last_used_at,
        passkeys.suspected_at
        """)

    // MARK: Reading

    package func passkeys(of user: UserID) async throws -> [Passkey] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    "SELECT \(Self.passkeyColumns) FROM passkeys WHERE user_id = \(user) ORDER BY id"
                ) { Passkey(row: $0) }
            }
        }
    }

    package func passkey(credentialID: String) async throws -> (passkey: Passkey, user: User)? {
        let found = try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns), \(Self.passkeyColumns)
                      FROM passkeys JOIN users ON users.id = passkeys.user_id
                     WHERE passkeys.credential_id = \(credentialID)
                    """
                ) { (Passkey(row: $0, from: User.columnCount), User(row: $0)) }
            }
        }
        return found.map { (passkey: $0.0, user: $0.1) }
    }

    package func passkeys(forChallenge digest: String, at time: Timestamp) async throws -> [Passkey] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    """
                    SELECT \(Self.passkeyColumns)
                      FROM sign_in_challenges JOIN passkeys ON passkeys.user_id = sign_in_challenges.user_id
                     WHERE sign_in_challenges.token_digest = \(digest) AND sign_in_challenges.expires_at > \(time)
                       AND passkeys.suspected_at IS NULL
                     ORDER BY passkeys.id
                    """
                ) { Passkey(row: $0) }
            }
        }
    }

    package func passkeyHandle(of user: UserID, orNew new: [UInt8]) async throws -> [UInt8] {
        let handle = try await translatingErrors {
            try await database.write { connection in
                try connection.row(
                    """
                    UPDATE users SET passkey_handle = COALESCE(passkey_handle, \(new)) WHERE id = \(user)
                    RETURNING passkey_handle
                    """
                ) { $0.blob(0) }
            }
        }
        guard let handle else { throw AppError.invalidToken }
        return handle
    }

    // MARK: Uses

    package func use(_ challenge: UsedChallenge) async throws -> Bool {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO used_challenges (digest, expires_at)
                    VALUES (\(challenge.digest), \(challenge.expiresAt))
                    ON CONFLICT (digest) DO NOTHING
                    """) > 0
            }
        }
    }

    package func note(_ use: SecondFactorUse, of user: UserID, at time: Timestamp) async throws -> Bool {
        try await translatingErrors {
            try await database.write { connection in
                guard try connection.lock(user, where: "is_active AND has_second_factor") != nil else { return false }
                return try connection.use(use, of: user, at: time)
            }
        }
    }

    package func note(_ use: PasskeyUse, of user: UserID, at time: Timestamp) async throws -> Bool {
        try await translatingErrors { try await database.write { try $0.use(use, of: user, at: time) } }
    }

    // MARK: Changes

    package func insert(
        _ passkey: Passkey, from session: SessionID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                // Under the lock, so that neither a password that is being reset nor another passkey is overlooked.
                guard let user = try connection.lock(passkey.userID, where: "is_active"),
                    try connection.hasSession(session, of: passkey.userID)
                else { throw AppError.invalidToken }
                guard try connection.passkeyCount(of: passkey.userID) < Passkey.maximumPerAccount else {
                    throw Passkey.tooMany
                }
                guard try connection.insert(passkey) else { throw Passkey.known }
                // From now on a new password takes the passkey.
                try connection.execute("DELETE FROM waiting_resets WHERE user_id = \(passkey.userID)")
                try connection.notify(notice, before: user)
                try connection.announce(.user(passkey.userID))
                try connection.record(event, in: audit)
            }
        }
    }

    package func rename(_ id: PasskeyID, of user: UserID, to name: ItemName) async throws -> Bool {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute(
                    "UPDATE passkeys SET name = \(name.text) WHERE id = \(id) AND user_id = \(user)") > 0
            }
        }
    }

    package func removePasskey(
        _ id: PasskeyID, of user: UserID, among ways: WaysIn, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> WayInRemoval {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let locked = try connection.lock(user, where: "TRUE") else { return .gone }
                let exists = try connection.row(
                    "SELECT 1 FROM passkeys WHERE id = \(id) AND user_id = \(user)"
                ) { _ in true }
                guard exists != nil else { return .gone }
                guard try connection.canSignIn(locked, by: ways, withoutPasskey: id) else { return .lastWayIn }
                try connection.removePasskeys(
                    of: user, where: "id = \(id)", at: event.at,
                    keeping: try connection.keepsFactors(of: user, at: event.at, notifying: notice))
                try connection.notify(notice, before: locked)
                try connection.announce(.user(user))
                try connection.record(event, in: audit)
                return .removed
            }
        }
    }

    package func removePasskeys(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Int {
        try await removingAll(of: user, notifying: notice, recording: event) { connection in
            let kept = try connection.execute("DELETE FROM former_passkeys WHERE user_id = \(user)")
            return kept + (try connection.execute("DELETE FROM passkeys WHERE user_id = \(user)"))
        }
    }

    package func suspect(
        _ id: PasskeyID, of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let locked = try connection.lock(user, where: "TRUE") else { return }
                let changed = try connection.execute(
                    """
                    UPDATE passkeys SET suspected_at = \(event.at)
                     WHERE id = \(id) AND user_id = \(user) AND suspected_at IS NULL
                    """)
                guard changed > 0 else { return }
                try connection.notify(notice, before: locked)
                try connection.announce(.user(user))
                try connection.record(event, in: audit)
            }
        }
    }
}

extension Connection {
    /// Notes the use of a passkey; false if its counter has not grown, or it is no longer there.
    func use(_ use: PasskeyUse, of user: UserID, at time: Timestamp) throws -> Bool {
        try execute(
            """
            UPDATE passkeys
               SET sign_count = \(use.signCount), is_backed_up = \(use.isBackedUp), last_used_at = \(time)
             WHERE id = \(use.id) AND user_id = \(user) AND suspected_at IS NULL
               AND (sign_count < \(use.signCount) OR (sign_count = 0 AND \(use.signCount == 0)))
            """) > 0
    }

    /// True if the user has a passkey that is not refused.
    func hasPasskey(_ user: UserID) throws -> Bool {
        try row("SELECT 1 FROM passkeys WHERE user_id = \(user) AND suspected_at IS NULL LIMIT 1") { _ in true }
            ?? false
    }

    fileprivate func passkeyCount(of user: UserID) throws -> Int64 {
        try row("SELECT COUNT(*) FROM passkeys WHERE user_id = \(user)") { $0.integer(0) } ?? 0
    }

    /// False if another account, or this one, has the credential.
    func insert(_ passkey: Passkey) throws -> Bool {
        try execute(
            """
            INSERT INTO passkeys (
                id, user_id, credential_id, public_key, user_handle, name, transports, aaguid, created_at,
                is_of_verified_address, is_backup_eligible, is_backed_up, sign_count
            ) VALUES (
                \(passkey.id), \(passkey.userID), \(passkey.credentialID), \(passkey.publicKey), \(passkey.userHandle),
                \(passkey.name.text), \(passkey.transports.joined(separator: " ")), \(passkey.aaguid),
                \(passkey.createdAt), \(passkey.isOfVerifiedAddress), \(passkey.isBackupEligible),
                \(passkey.isBackedUp), \(passkey.signCount)
            )
            ON CONFLICT (credential_id) DO NOTHING
            """) > 0
    }
}

extension Passkey {
    init(row: any Row, from first: Int = 0) {
        self.init(
            id: PasskeyID(rawValue: row.text(first)), userID: UserID(rawValue: row.text(first + 1)),
            credentialID: row.text(first + 2), publicKey: row.blob(first + 3),
            userHandle: row.isNull(first + 4) ? nil : row.blob(first + 4), name: ItemName(stored: row.text(first + 5)),
            transports: row.text(first + 6).split(separator: " ").map(String.init), aaguid: row.text(first + 7),
            createdAt: Timestamp(milliseconds: row.integer(first + 8)), isOfVerifiedAddress: row.bool(first + 9),
            isBackupEligible: row.bool(first + 10), isBackedUp: row.bool(first + 11),
            signCount: row.integer(first + 12),
            lastUsedAt: row.optionalInteger(first + 13).map(Timestamp.init(milliseconds:)),
            suspectedAt: row.optionalInteger(first + 14).map(Timestamp.init(milliseconds:)))
    }
}
