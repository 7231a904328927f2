import Basics
import Domain
import JSON

/// The outbox in a database, emptied by one or more processes.
package struct SQLMailOutbox: MailOutbox {
    private let database: any Database
    private let audit: AuditChain?
    /// Mail of other kinds is left to the version that has queued it.
    private static let knownKinds = list(MailKind.allCases)
    private static let columns = SQLColumns(
        """
        id, kind, user_id, address, details, state, created_at, due_at, expires_at, attempts, reply
        """)

    package init(_ database: any Database, audit: AuditChain? = nil) {
        (self.database, self.audit) = (database, audit)
    }

    /// The condition on mail that can be sent. Mail from the future was queued before the clock was set back.
    private static func isDue(at time: Timestamp) -> SQL {
        """
        state = 'waiting' AND (due_at <= \(time) OR created_at > \(time)) AND leased_until <= \(time)
        AND kind IN (\(knownKinds))
        """
    }

    package func hasDueMail(at time: Timestamp) async throws -> Bool {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT 1 FROM mail_outbox WHERE \(Self.isDue(at: time)) LIMIT 1
                    """
                ) { _ in true } ?? false
            }
        }
    }

    package func claim(by sender: String, until lease: Timestamp, at time: Timestamp) async throws -> QueuedMail? {
        try await translatingErrors {
            try await database.write { connection in
                // One statement, which takes a row that no other sender is taking at the same time.
                try connection.row(
                    """
                    UPDATE mail_outbox SET sender = \(sender), leased_until = \(lease), attempts = attempts + 1
                     WHERE id = (
                        SELECT id FROM mail_outbox
                         WHERE \(Self.isDue(at: time))
                         ORDER BY due_at, id LIMIT 1 \(connection.dialect.skippingLockedRows)
                     )
                    RETURNING \(Self.columns)
                    """, QueuedMail.init(row:))
            }
        }
    }

    @discardableResult
    package func settle(
        _ id: MailID, claimedBy sender: String, _ result: MailResult, reply: String?, at time: Timestamp,
        recording event: AuditEvent?
    ) async throws -> Bool {
        let outcome: SQL =
            switch result {
            case .sent: Self.settled(.sent, time)
            case .undeliverable: Self.settled(.undeliverable, time)
            case .expired: Self.settled(.expired, time)
            case .obsolete: Self.settled(.obsolete, time)
            case .postponed(let due): "due_at = \(due)"
            case .held: "attempts = attempts - 1"
            }
        return try await translatingErrors {
            try await database.write { [audit] connection in
                let count = try connection.execute(
                    """
                    UPDATE mail_outbox SET \(outcome), sender = NULL, leased_until = 0, reply = \(reply)
                     WHERE id = \(id) AND sender = \(sender) AND state = 'waiting'
                    """)
                guard count > 0 else { return false }
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    private static func list(_ values: [some RawRepresentable<String>]) -> SQL {
        SQL.joined(values.map { "\($0.rawValue)" }, by: ", ")
    }

    private static func settled(_ state: MailState, _ time: Timestamp) -> SQL {
        "state = \(state.rawValue), settled_at = \(time)"
    }

    package func count(_ states: [MailState]) async throws -> [MailState: Int] {
        let rows = try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    "SELECT state, COUNT(*) FROM mail_outbox WHERE state IN (\(Self.list(states))) GROUP BY state"
                ) { (MailState(rawValue: $0.text(0)), Int(clamping: $0.integer(1))) }
            }
        }
        var counts: [MailState: Int] = [:]
        for case (let state?, let count) in rows { counts[state] = count }
        return counts
    }

    package func mail(in states: [MailState], limit: Int) async throws -> [QueuedMail] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    """
                    SELECT \(Self.columns) FROM mail_outbox WHERE state IN (\(Self.list(states))) AND kind IN (\(Self.knownKinds))
                     ORDER BY created_at DESC, id DESC LIMIT \(limit)
                    """, QueuedMail.init(row:))
            }
        }
    }

    package func retry(_ id: MailID?, at time: Timestamp, recording event: AuditEvent? = nil) async throws -> Int {
        let one: SQL = id.map { "AND id = \($0)" } ?? ""
        return try await translatingErrors {
            try await database.write { [audit] connection in
                let count = try connection.execute(
                    """
                    UPDATE mail_outbox
                       SET state = 'waiting', due_at = \(time), settled_at = NULL, attempts = 0, retried_at = \(time)
                     WHERE (state = 'undeliverable' OR state = 'waiting' AND leased_until <= \(time))
                       AND expires_at > \(time) \(one)
                    """)
                guard count > 0, var event else { return count }
                event.details.append(.init("mails", String(count)))
                try connection.record(event, in: audit)
                return count
            }
        }
    }

    package func endPause(at time: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute("UPDATE mail_outbox SET retried_at = \(time) WHERE state = 'waiting'")
            }
        }
    }

    package func hasRetriedMail(since time: Timestamp) async throws -> Bool {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    "SELECT 1 FROM mail_outbox WHERE state = 'waiting' AND retried_at > \(time) LIMIT 1"
                ) { _ in true } ?? false
            }
        }
    }

    package func deleteExpired(before time: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute("DELETE FROM mail_outbox WHERE expires_at < \(time)")
            }
        }
    }
}

extension Connection {
    /// Puts an e-mail into the outbox. The statements are the same whether it is sent or not.
    /// - Parameter isWanted: false for an e-mail that is never to be sent.
    /// - Returns: `.waiting` if it is to be sent, `.suppressed` or `.limited`.
    @discardableResult
    func enqueue(_ mail: OutgoingMail, isWanted: Bool) throws -> MailState {
        let isUsers: SQL = mail.kind.isForAnyAddress ? "user_id = \(mail.userID?.rawValue ?? "")" : "TRUE"
        let (minute, hour) = (mail.createdAt.adding(seconds: -60), mail.createdAt.adding(seconds: -3600))
        let isLimited =
            try mail.kind.limits.flatMap { limits in
                try row(
                    """
                    SELECT COUNT(CASE WHEN \(isUsers) AND created_at > \(minute) THEN 1 END),
                           COUNT(CASE WHEN \(isUsers) THEN 1 END),
                           COUNT(CASE WHEN created_at > \(minute) THEN 1 END), COUNT(*)
                      FROM mail_outbox
                     WHERE address = \(mail.address) AND created_at > \(hour) AND created_at <= \(mail.createdAt)
                       AND kind = \(mail.kind.rawValue) AND state <> 'limited'
                    """
                ) {
                    $0.integer(0) >= limits.perMinute || $0.integer(1) >= limits.perHour
                        || $0.integer(2) >= limits.perMinute * MailKind.usersPerAddress
                        || $0.integer(3) >= limits.perHour * MailKind.usersPerAddress
                }
            } ?? false
        let state: MailState = isLimited ? .limited : isWanted ? .waiting : .suppressed
        // A newer mail takes the place of those that were not sent yet.
        try execute(
            """
            UPDATE mail_outbox SET state = 'obsolete', settled_at = \(mail.createdAt)
             WHERE address = \(mail.address) AND kind = \(mail.kind.rawValue) AND state = 'waiting'
               AND leased_until <= \(mail.createdAt) AND \(isUsers)
               AND \(state == .waiting && mail.kind.isReplacedByNewer)
            """)
        try execute(
            """
            INSERT INTO mail_outbox (
                id, kind, user_id, address, details, state, created_at, due_at, expires_at, attempts, leased_until
            ) VALUES (
                \(mail.id), \(mail.kind.rawValue), \(mail.userID), \(mail.address), \(JSONValue.json(mail.details)),
                \(state.rawValue), \(mail.createdAt), \(mail.createdAt), \(mail.expiresAt), 0, 0
            )
            """)
        return state
    }
}

extension QueuedMail {
    fileprivate init(row: any Row) {
        self.init(
            mail: OutgoingMail(
                id: MailID(rawValue: row.text(0)), kind: MailKind(rawValue: row.text(1)) ?? .passwordReset,
                userID: row.optionalText(2).map(UserID.init(rawValue:)), address: EmailAddress(stored: row.text(3)),
                details: JSONValue.texts(row.text(4)), createdAt: Timestamp(milliseconds: row.integer(6)),
                expiresAt: Timestamp(milliseconds: row.integer(8))),
            state: MailState(rawValue: row.text(5)) ?? .waiting, attempts: Int(clamping: row.integer(9)),
            dueAt: Timestamp(milliseconds: row.integer(7)), reply: row.optionalText(10))
    }
}

extension JSONValue {
    fileprivate static func json(_ texts: [String: String]) -> String {
        var json = JSONWriter()
        json.object { json in
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) { json.member(dynamic: name, text) }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    fileprivate static func texts(_ json: String) -> [String: String] {
        guard case .object(let object)? = try? JSONReader.read(Array(json.utf8)) else { return [:] }
        var texts: [String: String] = [:]
        for case (let name, .string(let text)) in object.members { texts[name] = text }
        return texts
    }
}
