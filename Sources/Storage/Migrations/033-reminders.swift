extension Migration {
    /// Reminders of tasks, the moments at which they are due, and if an account wants them by e-mail.
    static let reminders = Migration(version: 33, name: "reminders") { dialect in
        [
            "ALTER TABLE tasks ADD COLUMN reminders TEXT",
            "ALTER TABLE users ADD COLUMN mails_reminders BOOLEAN NOT NULL DEFAULT TRUE",
            """
            CREATE TABLE reminders (
                user_id \(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                task_id \(dialect.key) NOT NULL,
                number  BIGINT NOT NULL,
                due_at  BIGINT NOT NULL,
                PRIMARY KEY (user_id, task_id, number)
            ) \(dialect.clustered)
            """,
            "CREATE INDEX reminders_by_moment ON reminders (due_at)",
        ] + (dialect == .sqlite ? sqlite : postgres)
    }

    private static let sqlite = [
        """
        CREATE TRIGGER tasks_take_their_reminders_along AFTER DELETE ON tasks WHEN OLD.reminders IS NOT NULL BEGIN
            DELETE FROM reminders WHERE user_id = OLD.user_id AND task_id = OLD.id;
        END
        """
    ]

    private static let postgres = [
        """
        CREATE FUNCTION take_reminders_along() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM reminders WHERE user_id = OLD.user_id AND task_id = OLD.id;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER tasks_take_their_reminders_along AFTER DELETE ON tasks
        FOR EACH ROW WHEN (OLD.reminders IS NOT NULL) EXECUTE FUNCTION take_reminders_along()
        """,
    ]
}
