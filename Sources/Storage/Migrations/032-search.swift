extension Migration {
    /// The words of tasks for full-text search, see `TaskSearch`.
    static let search = Migration(version: 32, name: "search") { dialect in
        keys(dialect) + (dialect == .sqlite ? sqlite : postgres)
    } work: { connection in
        try TaskSearch.indexAll(on: connection)
    }

    private static func keys(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE search_keys (
                user_id \(dialect.key) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
                number  BIGINT NOT NULL
            ) \(dialect.clustered)
            """,
            "CREATE INDEX search_keys_by_number ON search_keys (number)",
        ]
    }

    /// The index keeps no texts of its own: triggers give it those of `task_words`. The numbers increase with the ids of
    /// tasks, so that the index finds the newest first.
    private static let sqlite = [
        """
        CREATE TABLE task_words (
            number   INTEGER NOT NULL PRIMARY KEY,
            owner_id TEXT NOT NULL,
            task_id  TEXT NOT NULL,
            words    TEXT NOT NULL
        )
        """,
        "CREATE INDEX task_words_by_task ON task_words (task_id, owner_id)",
        """
        CREATE VIRTUAL TABLE task_search USING fts5(
            words, content = 'task_words', content_rowid = 'number', tokenize = 'ascii', detail = 'none', columnsize = 0)
        """,
        // Merging costs more at each commit than a few more segments cost a search.
        "INSERT INTO task_search (task_search, rank) VALUES ('automerge', 16)",
        """
        CREATE TRIGGER task_words_insertion AFTER INSERT ON task_words BEGIN
            INSERT INTO task_search (rowid, words) VALUES (NEW.number, NEW.words);
        END
        """,
        """
        CREATE TRIGGER task_words_update AFTER UPDATE OF words ON task_words BEGIN
            INSERT INTO task_search (task_search, rowid, words) VALUES ('delete', OLD.number, OLD.words);
            INSERT INTO task_search (rowid, words) VALUES (NEW.number, NEW.words);
        END
        """,
        """
        CREATE TRIGGER task_words_deletion AFTER DELETE ON task_words BEGIN
            INSERT INTO task_search (task_search, rowid, words) VALUES ('delete', OLD.number, OLD.words);
        END
        """,
        """
        CREATE TRIGGER tasks_take_their_words_along AFTER DELETE ON tasks BEGIN
            DELETE FROM task_words WHERE owner_id = OLD.user_id AND task_id = OLD.id;
        END
        """,
    ]

    private static let postgres = [
        """
        CREATE TABLE task_words (
            owner_id TEXT COLLATE "C" NOT NULL,
            task_id  TEXT COLLATE "C" NOT NULL,
            words    TSVECTOR NOT NULL,
            PRIMARY KEY (owner_id, task_id)
        )
        """,
        "CREATE INDEX task_search ON task_words USING GIN (words)",
        """
        CREATE FUNCTION take_words_along() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM task_words WHERE owner_id = OLD.user_id AND task_id = OLD.id;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER tasks_take_their_words_along AFTER DELETE ON tasks
        FOR EACH ROW EXECUTE FUNCTION take_words_along()
        """,
    ]
}
