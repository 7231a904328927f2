extension Migration {
    /// The log of each account's changes, numbered in the order of their commits, and the number of the last.
    ///
    /// Triggers write both, in the transaction of the change, also for SQL by hand. A transaction holds its account's row of
    /// `revisions` until it ends, so others of the same account wait, and numbers become visible in order.
    static let changes = Migration(version: 19, name: "changes") { dialect in
        tables(dialect)
            + ["INSERT INTO revisions (user_id, sequence) SELECT id, 1 FROM users"]
            + (dialect == .sqlite ? sqliteTriggers : postgresTriggers)
    }

    /// The number of an account's changes that are kept; older ones are deleted, a batch at a time.
    static let changesKept = 10_000
    private static let batch = 256

    private static func tables(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE revisions (
                user_id  \(dialect.key) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
                epoch    TEXT   NOT NULL DEFAULT \(dialect.randomText),
                sequence BIGINT NOT NULL
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE changes (
                user_id   \(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                sequence  BIGINT NOT NULL,
                kind      TEXT   NOT NULL,
                item_id   \(dialect.key) NOT NULL,
                operation TEXT   NOT NULL,
                PRIMARY KEY (user_id, sequence)
            ) \(dialect.clustered)
            """,
        ]
    }

    /// True if a row is no longer, or not yet, in the trash. Emptying the trash changes nothing that is shown.
    private static let cases = """
        CASE WHEN OLD.deleted_at = 0 AND NEW.deleted_at > 0 THEN 'deleted'
             WHEN OLD.deleted_at > 0 AND NEW.deleted_at = 0 THEN 'restored' ELSE 'updated' END
        """

    private static let sqliteTriggers = [
        trigger("tasks_log_insertion", "INSERT", "NEW", operation: "'created'", when: "NEW.deleted_at = 0"),
        trigger(
            "tasks_log_update", "UPDATE", "NEW", operation: cases, when: "OLD.deleted_at = 0 OR NEW.deleted_at = 0"),
        // Not where the account itself is deleted.
        trigger(
            "tasks_log_deletion", "DELETE", "OLD", operation: "'deleted'",
            when: "OLD.deleted_at = 0 AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)"),
    ]

    private static func trigger(
        _ name: String, _ event: String, _ row: String, operation: String, when condition: String
    ) -> String {
        """
        CREATE TRIGGER \(name) AFTER \(event) ON tasks WHEN \(condition)
        BEGIN
            INSERT INTO revisions (user_id, sequence) VALUES (\(row).user_id, 1)
            ON CONFLICT (user_id) DO UPDATE SET sequence = sequence + 1;
            INSERT INTO changes (user_id, sequence, kind, item_id, operation)
            SELECT user_id, sequence, 'task', \(row).id, \(operation) FROM revisions WHERE user_id = \(row).user_id;
            DELETE FROM changes WHERE user_id = \(row).user_id AND sequence <= (
                SELECT CASE WHEN sequence % \(batch) = 0 THEN sequence - \(changesKept) ELSE 0 END
                  FROM revisions WHERE user_id = \(row).user_id
            );
        END
        """
    }

    private static let postgresTriggers = [
        """
        CREATE FUNCTION log_task_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            changed   tasks%ROWTYPE;
            operation TEXT;
            number    BIGINT;
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.deleted_at > 0 THEN RETURN NULL; END IF;
                changed := NEW;
                operation := 'created';
            ELSIF TG_OP = 'UPDATE' THEN
                IF OLD.deleted_at > 0 AND NEW.deleted_at > 0 THEN RETURN NULL; END IF;
                changed := NEW;
                operation := \(cases);
            ELSE
                IF OLD.deleted_at > 0 OR NOT EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id) THEN
                    RETURN NULL;
                END IF;
                changed := OLD;
                operation := 'deleted';
            END IF;
            INSERT INTO revisions AS r (user_id, sequence) VALUES (changed.user_id, 1)
            ON CONFLICT (user_id) DO UPDATE SET sequence = r.sequence + 1
            RETURNING r.sequence INTO number;
            INSERT INTO changes (user_id, sequence, kind, item_id, operation)
            VALUES (changed.user_id, number, 'task', changed.id, operation);
            IF number % \(batch) = 0 THEN
                DELETE FROM changes c WHERE c.user_id = changed.user_id AND c.sequence <= number - \(changesKept);
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER tasks_log_changes AFTER INSERT OR UPDATE OR DELETE ON tasks
        FOR EACH ROW EXECUTE FUNCTION log_task_change()
        """,
    ]
}
