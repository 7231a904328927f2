extension Migration {
    /// Events of accounts, in order. `user_id` is deliberately not a foreign key: the trail outlives the account.
    /// `code` and `seal` are HMACs under a key that is not in the database.
    static let audit = Migration(version: 8, name: "audit") { dialect in
        [
            """
            CREATE TABLE audit_events (
                number         BIGINT NOT NULL PRIMARY KEY,
                at             BIGINT NOT NULL,
                event          TEXT   NOT NULL,
                outcome        TEXT   NOT NULL,
                actor          TEXT   NOT NULL,
                user_id        TEXT,
                address_digest TEXT,
                session_id     TEXT,
                ip_address     TEXT   NOT NULL,
                user_agent     TEXT   NOT NULL,
                request_id     TEXT,
                request        TEXT,
                details        TEXT   NOT NULL,
                code           TEXT   NOT NULL
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE audit_head (
                id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
                number BIGINT NOT NULL,
                code   TEXT   NOT NULL,
                seal   TEXT   NOT NULL
            )
            """,
        ] + dialect.auditTriggers
    }
}

extension Dialect {
    /// Prevents accidental changes and deletions of rows in the trail. The owner of the database can drop a trigger;
    /// the chain of MACs detects that.
    var auditTriggers: [String] {
        switch self {
        case .sqlite: AuditTriggers.sqlite
        case .postgres: AuditTriggers.postgreSQL
        }
    }
}

/// The same rule in both SQL dialects.
enum AuditTriggers {
    static let sqlite = [
        """
        CREATE TRIGGER audit_events_are_never_changed BEFORE UPDATE ON audit_events
        BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are never changed'); END
        """,
        """
        CREATE TRIGGER audit_events_are_never_deleted BEFORE DELETE ON audit_events
        BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are never deleted'); END
        """,
        """
        CREATE TRIGGER audit_head_is_never_deleted BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE(ABORT, 'the head of the audit trail is never deleted'); END
        """,
    ]

    static let postgreSQL = [
        """
        CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'rows of the audit trail are never changed or deleted'; END $$
        """,
        """
        CREATE TRIGGER audit_events_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
        """,
        """
        CREATE TRIGGER audit_head_is_never_deleted BEFORE DELETE OR TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
        """,
    ]
}
