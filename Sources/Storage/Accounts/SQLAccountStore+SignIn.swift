import Basics
import Domain

/// Sessions that begin with a credential, and sign-ins that wait for another.
extension SQLAccountStore {
    package func insert(
        _ session: NewSession, by credential: SignInCredential, notifying notice: SecurityNotice? = nil,
        recording event: AuditEvent? = nil
    ) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let user = try connection.lock(
                    session.session.userID, where: "is_active", isShared: session.device == nil)
                guard let user, try connection.fulfills(Self.holds(credential), user),
                    try connection.use(credential, of: user.id, at: session.session.createdAt)
                else { throw AppError.badCredentials }
                try connection.notify(notice, before: user)
                try connection.insert(session, recording: event, in: audit)
            }
        }
    }

    /// The condition on a row of `users` under which a credential holds.
    private static func holds(_ credential: SignInCredential) -> SQL {
        switch credential {
        case .password(let hash): "\(holds(FirstFactor.password(hash: hash))) AND NOT has_second_factor"
        case .passwordOnTrustedDevice(let hash, let device, let time):
            "\(holds(FirstFactor.password(hash: hash))) AND \(isTrusted(device, at: time))"
        case .passkey: "TRUE"
        case .usedPasskey(let id): holds(FirstFactor.passkey(id))
        case .provider(let identity): "\(holds(FirstFactor.provider(identity))) AND NOT has_second_factor"
        case .providerOnTrustedDevice(let identity, let device, let time):
            "\(holds(FirstFactor.provider(identity))) AND \(isTrusted(device, at: time))"
        case .secondFactor: "has_second_factor"
        }
    }

    /// The condition on a row of `users` under which a first factor holds.
    static func holds(_ first: FirstFactor) -> SQL {
        switch first {
        case .password(let hash): "password_hash = \(hash)"
        case .provider(let identity):
            """
            EXISTS (
                SELECT 1 FROM linked_accounts
                 WHERE linked_accounts.user_id = users.id AND issuer = \(identity.issuer)
                   AND subject = \(identity.subject))
            """
        case .passkey(let id):
            """
            EXISTS (
                SELECT 1 FROM passkeys
                 WHERE passkeys.user_id = users.id AND passkeys.id = \(id) AND suspected_at IS NULL)
            """
        }
    }

    private static func isTrusted(_ device: String, at time: Timestamp) -> SQL {
        """
        EXISTS (
            SELECT 1 FROM known_devices
             WHERE known_devices.user_id = users.id AND digest = \(device) AND trusted_until > \(time))
        """
    }

    package func insert(_ challenge: SignInChallenge, after first: FirstFactor) async throws -> Bool {
        try await translatingErrors {
            try await database.write { connection in
                let user = try connection.lock(challenge.userID, where: "is_active", isShared: true)
                guard let user, try connection.fulfills(Self.holds(first), user) else { return false }
                try connection.execute(
                    """
                    INSERT INTO sign_in_challenges
                        (token_digest, user_id, created_at, expires_at, is_remembered, is_known_device)
                    VALUES (\(challenge.tokenDigest), \(challenge.userID), \(challenge.createdAt),
                        \(challenge.expiresAt), \(challenge.isRemembered), \(challenge.isKnownDevice))
                    """)
                return true
            }
        }
    }
}

extension Connection {
    /// Uses a credential up that works once; false if it was used before.
    fileprivate func use(_ credential: SignInCredential, of user: UserID, at time: Timestamp) throws -> Bool {
        switch credential {
        case .password, .passwordOnTrustedDevice, .usedPasskey: return true
        case .provider(let identity), .providerOnTrustedDevice(let identity, _, _):
            try noteUse(of: identity, at: time)
            return true
        case .passkey(let use): return try self.use(use, of: user, at: time)
        case .secondFactor(let challenge, let use):
            let answered = try execute(
                """
                DELETE FROM sign_in_challenges
                 WHERE token_digest = \(challenge) AND user_id = \(user) AND expires_at > \(time)
                """)
            return try answered > 0 && self.use(use, of: user, at: time)
        }
    }
}
