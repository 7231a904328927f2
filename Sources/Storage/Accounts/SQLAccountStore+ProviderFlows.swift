import Basics
import Domain

/// Visits to sign-in providers.
extension SQLAccountStore {
    package func insert(_ flow: ProviderFlow) async throws {
        let columns = flow.purpose.columns
        try await translatingErrors {
            _ = try await database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO provider_flows (
                        state_digest, browser_digest, provider, purpose, session_id, is_remembered, invitation_digest,
                        success_page, new_user_page, failure_page, time_zone, language, created_at, expires_at
                    ) VALUES (
                        \(flow.stateDigest), \(flow.browserDigest), \(flow.provider), \(columns.name),
                        \(columns.session), \(columns.isRemembered), \(columns.invitation),
                        \(flow.destinations.success), \(flow.destinations.newUser), \(flow.destinations.failure),
                        \(flow.locale?.timeZone), \(flow.locale?.language), \(flow.createdAt), \(flow.expiresAt)
                    )
                    """)
            }
        }
    }

    package func takeFlow(
        stateDigest: String, browserDigests: [String], provider: String, at time: Timestamp
    ) async throws -> ProviderFlow? {
        guard !browserDigests.isEmpty else { return nil }
        let browsers = SQL.joined(browserDigests.map { digest -> SQL in "\(digest)" }, by: ", ")
        return try await translatingErrors {
            try await database.write { connection in
                // Deleting it makes it work once: of two answers at the same moment, one finds nothing.
                try connection.row(
                    """
                    DELETE FROM provider_flows
                     WHERE state_digest = \(stateDigest) AND provider = \(provider) AND expires_at > \(time)
                       AND browser_digest IN (\(browsers))
                    RETURNING state_digest, browser_digest, provider, purpose, session_id, is_remembered,
                        invitation_digest, success_page, new_user_page, failure_page, created_at, time_zone, language
                    """, ProviderFlow.init(row:)) ?? nil
            }
        }
    }
}

extension ProviderPurpose {
    fileprivate typealias Columns = (name: String, session: String?, isRemembered: Bool, invitation: String?)

    fileprivate var columns: Columns {
        switch self {
        case .signIn(let isRemembered, let invitation): ("sign-in", nil, isRemembered, invitation)
        case .link(let session): ("link", session.rawValue, true, nil)
        case .proof(let session): ("proof", session.rawValue, true, nil)
        }
    }

    /// Nil for a purpose that this version does not know.
    fileprivate init?(_ columns: Columns) {
        switch (columns.name, columns.session.map(SessionID.init(rawValue:))) {
        case ("sign-in", _):
            self = .signIn(isRemembered: columns.isRemembered, invitationDigest: columns.invitation)
        case ("link", let session?): self = .link(session)
        case ("proof", let session?): self = .proof(session)
        default: return nil
        }
    }
}

extension ProviderFlow {
    fileprivate init?(row: any Row) {
        guard let purpose = ProviderPurpose((row.text(3), row.optionalText(4), row.bool(5), row.optionalText(6))) else {
            return nil
        }
        self.init(
            stateDigest: row.text(0), browserDigest: row.text(1), provider: row.text(2), purpose: purpose,
            destinations: ProviderDestinations(row.text(7), newUser: row.optionalText(8), failure: row.optionalText(9)),
            locale: ProviderLocale(timeZone: row.optionalText(11), language: row.optionalText(12)),
            createdAt: Timestamp(milliseconds: row.integer(10)))
    }
}
