extension Migration {
    /// Permits deleting the oldest rows of the trail once a sealed checkpoint stands in for them, and no others.
    static let auditCheckpoint = Migration(version: 14, name: "audit checkpoint") { dialect in
        [
            """
            CREATE TABLE audit_checkpoint (
                id        BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
                number    BIGINT NOT NULL,
                code      TEXT   NOT NULL,
                pruned_at BIGINT NOT NULL,
                seal      TEXT   NOT NULL
            )
            """
        ] + dialect.checkpointTriggers
    }
}

extension Dialect {
    fileprivate var checkpointTriggers: [String] {
        switch self {
        case .sqlite:
            [
                "DROP TRIGGER audit_events_are_never_deleted",
                """
                CREATE TRIGGER audit_events_are_never_deleted BEFORE DELETE ON audit_events
                WHEN OLD.number > COALESCE((SELECT number FROM audit_checkpoint), 0)
                BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are never deleted'); END
                """,
                """
                CREATE TRIGGER audit_checkpoint_is_never_deleted BEFORE DELETE ON audit_checkpoint
                BEGIN SELECT RAISE(ABORT, 'the checkpoint of the audit trail is never deleted'); END
                """,
            ]
        case .postgres:
            [
                "DROP TRIGGER audit_events_are_never_changed ON audit_events",
                """
                CREATE TRIGGER audit_events_are_never_changed BEFORE UPDATE OR TRUNCATE ON audit_events
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
                """,
                """
                CREATE FUNCTION refuse_deletion_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF OLD.number > COALESCE((SELECT number FROM audit_checkpoint), 0) THEN
                        RAISE EXCEPTION 'rows of the audit trail are never deleted';
                    END IF;
                    RETURN OLD;
                END $$
                """,
                """
                CREATE TRIGGER audit_events_are_never_deleted BEFORE DELETE ON audit_events
                FOR EACH ROW EXECUTE FUNCTION refuse_deletion_of_audit()
                """,
                """
                CREATE TRIGGER audit_checkpoint_is_never_deleted BEFORE DELETE OR TRUNCATE ON audit_checkpoint
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
                """,
            ]
        }
    }
}
