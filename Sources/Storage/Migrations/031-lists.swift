extension Migration {
    /// Lists, tags, saved views, subtasks, an order by hand, repeats, and what undoes changes.
    ///
    /// Each account has an Inbox, where all tasks were until now, in the order of their ids, newest first: see
    /// `Position.init(newestFirst:)`.
    static let lists = Migration(version: 31, name: "lists") { dialect in
        dropLogTriggers(dialect) + taskColumns(dialect) + tables(dialect) + indexes
            + ["ALTER TABLE changes ADD COLUMN nonce BIGINT NOT NULL DEFAULT 0"]
            + [
                "INSERT INTO lists (user_id, id, name, color, created_at, updated_at) SELECT \(inbox(of: "")) FROM users"
            ]
            + (dialect == .sqlite ? sqliteTriggers : postgresTriggers)
    }

    private static func inbox(of row: String) -> String {
        "\(row)id, 'inbox', 'Inbox', 'gray', \(row)created_at, \(row)created_at"
    }

    // MARK: Tables

    private static func taskColumns(_ dialect: Dialect) -> [String] {
        var statements = [
            "ALTER TABLE tasks ADD COLUMN list_id \(dialect.key) NOT NULL DEFAULT 'inbox'",
            "ALTER TABLE tasks ADD COLUMN parent_id \(dialect.key)",
            "ALTER TABLE tasks ADD COLUMN position \(dialect.key) NOT NULL DEFAULT ''",
            "ALTER TABLE tasks ADD COLUMN repeats TEXT",
            "ALTER TABLE tasks ADD COLUMN tags TEXT",
            "ALTER TABLE tasks ADD COLUMN subtasks BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE tasks ADD COLUMN completed_subtasks BIGINT NOT NULL DEFAULT 0",
            "UPDATE tasks SET position = \(positionNewestFirst)",
        ]
        if dialect == .postgres { statements.append("ALTER TABLE tasks ALTER COLUMN due TYPE \(dialect.key)") }
        return statements
    }

    /// Both databases have `replace`, and only one has `translate`. No digit is replaced twice, as none is replaced by
    /// a hexadecimal one.
    private static let positionNewestFirst = zip("0123456789abcdef", "vutsrqponmlkjihg")
        .reduce("substr(replace(id, '-', ''), 1, 16)") { "replace(\($0), '\($1.0)', '\($1.1)')" }

    private static func tables(_ dialect: Dialect) -> [String] {
        let owner = "user_id \(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE"
        return [
            """
            CREATE TABLE lists (
                \(owner),
                id         \(dialect.key) NOT NULL,
                name       TEXT    NOT NULL,
                color      TEXT    NOT NULL,
                position   \(dialect.key) NOT NULL DEFAULT '',
                archived   BOOLEAN NOT NULL DEFAULT FALSE,
                created_at BIGINT  NOT NULL,
                updated_at BIGINT  NOT NULL,
                PRIMARY KEY (user_id, id)
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE tags (
                \(owner),
                id         \(dialect.key) NOT NULL,
                name       TEXT   NOT NULL,
                name_key   \(dialect.key) NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                PRIMARY KEY (user_id, id),
                UNIQUE (user_id, name_key)
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE task_tags (
                \(owner),
                name_key \(dialect.key) NOT NULL,
                task_id  \(dialect.key) NOT NULL,
                PRIMARY KEY (user_id, name_key, task_id)
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE saved_views (
                \(owner),
                id         \(dialect.key) NOT NULL,
                name       TEXT   NOT NULL,
                query      TEXT   NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                PRIMARY KEY (user_id, id)
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE completions (
                \(owner),
                task_id      \(dialect.key) NOT NULL,
                id           \(dialect.key) NOT NULL,
                instance     TEXT   NOT NULL,
                completed_at BIGINT NOT NULL,
                PRIMARY KEY (user_id, task_id, id)
            ) \(dialect.clustered)
            """,
            """
            CREATE TABLE undo_steps (
                \(owner),
                undo_id  \(dialect.key) NOT NULL,
                number   BIGINT NOT NULL,
                kind     TEXT   NOT NULL,
                item_id  \(dialect.key) NOT NULL,
                old_row  TEXT,
                new_row  TEXT,
                PRIMARY KEY (user_id, undo_id, number)
            ) \(dialect.clustered)
            """,
            "ALTER TABLE stored_answers ADD COLUMN undo TEXT",
        ]
    }

    private static let indexes = [
        "CREATE INDEX tasks_by_list ON tasks (user_id, list_id, position, id) WHERE deleted_at = 0",
        "CREATE INDEX tasks_by_due ON tasks (user_id, completed, due, id) WHERE deleted_at = 0 AND due IS NOT NULL",
        "CREATE INDEX tasks_by_priority ON tasks (user_id, completed, priority, id DESC) WHERE deleted_at = 0 AND priority > 0",
        "CREATE INDEX tasks_by_parent ON tasks (user_id, parent_id) WHERE parent_id IS NOT NULL",
    ]

    // MARK: The log

    private static func dropLogTriggers(_ dialect: Dialect) -> [String] {
        switch dialect {
        case .sqlite:
            ["tasks_log_insertion", "tasks_log_update", "tasks_log_departure", "tasks_log_deletion"]
                .map { "DROP TRIGGER \($0)" }
        case .postgres: ["DROP TRIGGER tasks_log_changes ON tasks"]
        }
    }

    private static let taskOperation = """
        CASE WHEN OLD.deleted_at = 0 AND NEW.deleted_at > 0 THEN 'deleted'
             WHEN OLD.deleted_at > 0 AND NEW.deleted_at = 0 THEN 'restored' ELSE 'updated' END
        """

    /// The account is not being deleted itself.
    private static let hasAccount = "EXISTS (SELECT 1 FROM epochs WHERE user_id = OLD.user_id)"

    private static let sqliteTriggers =
        [
            """
            CREATE TRIGGER users_begin_inbox AFTER INSERT ON users BEGIN
                INSERT INTO lists (user_id, id, name, color, created_at, updated_at) VALUES (\(inbox(of: "NEW.")));
            END
            """,
            log("tasks_log_insertion", "INSERT ON tasks", "NEW", "task", "'created'", when: "NEW.deleted_at = 0"),
            log(
                "tasks_log_update", "UPDATE ON tasks", "NEW", "task", taskOperation,
                when: "OLD.deleted_at = 0 OR NEW.deleted_at = 0"),
            log(
                "tasks_log_departure", "UPDATE OF user_id ON tasks", "OLD", "task", "'deleted'",
                when: "OLD.user_id <> NEW.user_id AND OLD.deleted_at = 0"),
            log("tasks_log_deletion", "DELETE ON tasks", "OLD", "task", "'deleted'", when: hasAccount),
            """
            CREATE TRIGGER tasks_take_their_rows_along AFTER DELETE ON tasks BEGIN
                DELETE FROM completions WHERE user_id = OLD.user_id AND task_id = OLD.id;
                DELETE FROM task_tags WHERE user_id = OLD.user_id AND task_id = OLD.id AND OLD.tags IS NOT NULL;
            END
            """,
        ]
        + [("lists", "list"), ("tags", "tag"), ("saved_views", "view")].flatMap { table, kind in
            [
                log(
                    "\(table)_log_insertion", "INSERT ON \(table)", "NEW", kind, "'created'", when: "NEW.id <> 'inbox'"),
                log("\(table)_log_update", "UPDATE ON \(table)", "NEW", kind, "'updated'", when: "TRUE"),
                log("\(table)_log_deletion", "DELETE ON \(table)", "OLD", kind, "'deleted'", when: hasAccount),
            ]
        }

    private static func log(
        _ name: String, _ event: String, _ row: String, _ kind: String, _ operation: String, when condition: String
    ) -> String {
        """
        CREATE TRIGGER \(name) AFTER \(event) WHEN \(condition)
        BEGIN
            INSERT INTO changes (user_id, sequence, kind, item_id, operation, nonce) VALUES (
                \(row).user_id,
                (SELECT COALESCE(MAX(sequence), 0) + 1 FROM changes WHERE user_id = \(row).user_id),
                '\(kind)', \(row).id, \(operation), random()
            );
        END
        """
    }

    private static let postgresTriggers =
        [
            """
            CREATE FUNCTION begin_inbox() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO lists (user_id, id, name, color, created_at, updated_at) VALUES (\(inbox(of: "NEW.")));
                RETURN NULL;
            END $$
            """,
            "CREATE TRIGGER users_begin_inbox AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION begin_inbox()",
            "DROP FUNCTION log_task_change()",
            "DROP FUNCTION log_change(TEXT, TEXT, TEXT)",
            """
            CREATE FUNCTION log_change(owner TEXT, item_kind TEXT, item TEXT, op TEXT) RETURNS void LANGUAGE plpgsql AS $$
            DECLARE
                next_sequence BIGINT;
            BEGIN
                -- There is none while the account itself is being deleted.
                PERFORM 1 FROM epochs e WHERE e.user_id = owner FOR NO KEY UPDATE;
                IF NOT FOUND THEN RETURN; END IF;
                SELECT COALESCE(MAX(c.sequence), 0) + 1 INTO next_sequence FROM changes c WHERE c.user_id = owner;
                INSERT INTO changes (user_id, sequence, kind, item_id, operation, nonce)
                VALUES (owner, next_sequence, item_kind, item, op, floor(random() * 9007199254740992)::bigint);
                IF next_sequence % \(changeBatch) = 0 THEN
                    DELETE FROM changes c WHERE c.user_id = owner AND c.sequence <= next_sequence - \(changesKept);
                END IF;
            END $$
            """,
            """
            CREATE FUNCTION log_task_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF NEW.deleted_at = 0 THEN PERFORM log_change(NEW.user_id, 'task', NEW.id, 'created'); END IF;
                ELSIF TG_OP = 'UPDATE' THEN
                    IF OLD.user_id <> NEW.user_id AND OLD.deleted_at = 0 THEN
                        PERFORM log_change(OLD.user_id, 'task', OLD.id, 'deleted');
                    END IF;
                    IF OLD.deleted_at = 0 OR NEW.deleted_at = 0 THEN
                        PERFORM log_change(NEW.user_id, 'task', NEW.id, \(taskOperation));
                    END IF;
                ELSE
                    DELETE FROM completions WHERE user_id = OLD.user_id AND task_id = OLD.id;
                    DELETE FROM task_tags
                     WHERE user_id = OLD.user_id AND task_id = OLD.id AND OLD.tags IS NOT NULL;
                    PERFORM log_change(OLD.user_id, 'task', OLD.id, 'deleted');
                END IF;
                RETURN NULL;
            END $$
            """,
            """
            CREATE TRIGGER tasks_log_changes AFTER INSERT OR UPDATE OR DELETE ON tasks
            FOR EACH ROW EXECUTE FUNCTION log_task_change()
            """,
            """
            CREATE FUNCTION log_item_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF NEW.id <> 'inbox' THEN PERFORM log_change(NEW.user_id, TG_ARGV[0], NEW.id, 'created'); END IF;
                ELSIF TG_OP = 'UPDATE' THEN
                    PERFORM log_change(NEW.user_id, TG_ARGV[0], NEW.id, 'updated');
                ELSE
                    PERFORM log_change(OLD.user_id, TG_ARGV[0], OLD.id, 'deleted');
                END IF;
                RETURN NULL;
            END $$
            """,
        ]
        + [("lists", "list"), ("tags", "tag"), ("saved_views", "view")].map { table, kind in
            """
            CREATE TRIGGER \(table)_log_changes AFTER INSERT OR UPDATE OR DELETE ON \(table)
            FOR EACH ROW EXECUTE FUNCTION log_item_change('\(kind)')
            """
        }
}
