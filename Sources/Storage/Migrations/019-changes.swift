extension Migration {
    /// The log of each account's changes, numbered in the order of their commits, and the epoch that they count in.
    ///
    /// Triggers write the log, in the transaction of the change, including manual SQL. In PostgreSQL a transaction holds
    /// its account's row of `epochs` until it ends, so that others of the same account wait, and numbers become visible
    /// in order.
    static let changes = Migration(version: 19, name: "changes") { dialect in
        tables(dialect)
            + ["INSERT INTO epochs (user_id) SELECT id FROM users"]
            + (dialect == .sqlite ? sqliteTriggers : postgresTriggers)
    }

    /// The number of an account's changes that are kept, and up to a batch more: older ones are deleted a batch at a time.
    /// The latest always stays, as the next number follows from it.
    static let changesKept = 10_000
    static let changeBatch = 256

    private static func tables(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE epochs (
                user_id \(dialect.key) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
                epoch   TEXT NOT NULL DEFAULT \(dialect.randomText.text)
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE changes (
                user_id   \(dialect.key) NOT NULL REFERENCES epochs (user_id) ON DELETE CASCADE,
                sequence  BIGINT NOT NULL,
                kind      TEXT   NOT NULL,
                item_id   \(dialect.key) NOT NULL,
                operation TEXT   NOT NULL,
                PRIMARY KEY (user_id, sequence)
            ) \(dialect.clustered)
            """,
        ]
    }

    /// A move into or out of the trash, or any other change.
    private static let updateOperation = """
        CASE WHEN OLD.deleted_at = 0 AND NEW.deleted_at > 0 THEN 'deleted'
             WHEN OLD.deleted_at > 0 AND NEW.deleted_at = 0 THEN 'restored' ELSE 'updated' END
        """

    private static let sqliteTriggers = [
        "CREATE TRIGGER users_begin_epoch AFTER INSERT ON users BEGIN INSERT INTO epochs (user_id) VALUES (NEW.id); END",
        trigger("tasks_log_insertion", "INSERT", "NEW", operation: "'created'", when: "NEW.deleted_at = 0"),
        // Neither a change within the trash nor emptying it changes anything that is shown.
        trigger(
            "tasks_log_update", "UPDATE", "NEW", operation: updateOperation,
            when: "OLD.deleted_at = 0 OR NEW.deleted_at = 0"),
        trigger(
            "tasks_log_departure", "UPDATE OF user_id", "OLD", operation: "'deleted'",
            when: "OLD.user_id <> NEW.user_id AND OLD.deleted_at = 0"),
        // Skipped while the account itself is being deleted.
        trigger(
            "tasks_log_deletion", "DELETE", "OLD", operation: "'deleted'",
            when: "OLD.deleted_at = 0 AND EXISTS (SELECT 1 FROM epochs WHERE user_id = OLD.user_id)"),
        """
        CREATE TRIGGER changes_drop_oldest AFTER INSERT ON changes WHEN NEW.sequence % \(changeBatch) = 0
        BEGIN DELETE FROM changes WHERE user_id = NEW.user_id AND sequence <= NEW.sequence - \(changesKept); END
        """,
    ]

    private static func trigger(
        _ name: String, _ event: String, _ row: String, operation: String, when condition: String
    ) -> String {
        """
        CREATE TRIGGER \(name) AFTER \(event) ON tasks WHEN \(condition)
        BEGIN
            INSERT INTO changes (user_id, sequence, kind, item_id, operation) VALUES (
                \(row).user_id,
                (SELECT COALESCE(MAX(sequence), 0) + 1 FROM changes WHERE user_id = \(row).user_id),
                'task', \(row).id, \(operation)
            );
        END
        """
    }

    private static let postgresTriggers = [
        """
        CREATE FUNCTION begin_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO epochs (user_id) VALUES (NEW.id);
            RETURN NULL;
        END $$
        """,
        "CREATE TRIGGER users_begin_epoch AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION begin_epoch()",
        """
        CREATE FUNCTION log_change(owner TEXT, item TEXT, op TEXT) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            next_sequence BIGINT;
        BEGIN
            -- There is none while the account itself is being deleted.
            PERFORM 1 FROM epochs e WHERE e.user_id = owner FOR NO KEY UPDATE;
            IF NOT FOUND THEN RETURN; END IF;
            SELECT COALESCE(MAX(c.sequence), 0) + 1 INTO next_sequence FROM changes c WHERE c.user_id = owner;
            INSERT INTO changes (user_id, sequence, kind, item_id, operation)
            VALUES (owner, next_sequence, 'task', item, op);
            IF next_sequence % \(changeBatch) = 0 THEN
                DELETE FROM changes c WHERE c.user_id = owner AND c.sequence <= next_sequence - \(changesKept);
            END IF;
        END $$
        """,
        """
        CREATE FUNCTION log_task_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.deleted_at = 0 THEN PERFORM log_change(NEW.user_id, NEW.id, 'created'); END IF;
            ELSIF TG_OP = 'UPDATE' THEN
                IF OLD.user_id <> NEW.user_id AND OLD.deleted_at = 0 THEN
                    PERFORM log_change(OLD.user_id, OLD.id, 'deleted');
                END IF;
                IF OLD.deleted_at = 0 OR NEW.deleted_at = 0 THEN
                    PERFORM log_change(NEW.user_id, NEW.id, \(updateOperation));
                END IF;
            ELSIF OLD.deleted_at = 0 THEN
                PERFORM log_change(OLD.user_id, OLD.id, 'deleted');
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
