import Basics
import Domain
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct MigrationsTests {
    @Test func `versions grow by one, and names are unique`() {
        #expect(Migrations.all.map(\.version) == (1...Int64(Migrations.all.count)).map { $0 })
        #expect(Set(Migrations.all.map(\.name)).count == Migrations.all.count)
    }

    /// During an update the previous version may run beside this one for a while (decision 100).
    @Test(arguments: [Dialect.sqlite, .postgres])
    func `migrations add, and keep what the previous program uses`(dialect: Dialect) {
        func leaves(_ statement: String) -> Bool {
            if statement.hasPrefix("ALTER TABLE ") {
                return statement.contains(" ADD COLUMN ")
                    && (!statement.contains("NOT NULL") || statement.contains(" DEFAULT "))
            }
            return ["CREATE TABLE ", "CREATE INDEX "].contains { statement.hasPrefix($0) }
        }
        for migration in Migrations.all where migration.version > 35 {
            for statement in migration.statements(dialect) {
                #expect(leaves(statement), "\(migration.version): \(statement)")
            }
        }
    }

    @Test func `migrations run once`() async throws {
        try await TestDatabase.withURL { url in
            for _ in 0..<2 {
                let database = try url.openForTest()
                defer { database.close() }
                let versions = try await database.read {
                    try $0.rows("SELECT version FROM schema_migrations ORDER BY version") { $0.integer(0) }
                }
                #expect(versions == Migrations.all.map(\.version))
            }
        }
    }

    @Test func `a step that fails leaves the schema as it was`() async throws {
        try await TestDatabase.withURL { url in
            try url.openForTest().close()
            let bad = Migration(version: Migrations.latestVersion + 1, name: "bad") { _ in
                ["CREATE TABLE half (a BIGINT)", "CREATE TABLE half (a BIGINT)"]
            }
            let (version, tables) = try url.withConnection { connection in
                #expect(throws: StorageError.self) {
                    try Migrations.run(on: connection, upTo: Migrations.all + [bad])
                }
                let tables = try connection.rows(connection.dialect.tableNames) { $0.text(0) }
                return (try Migrations.version(on: connection), tables)
            }
            #expect(version == Migrations.latestVersion)
            #expect(!tables.contains("half"))
        }
    }

    /// A database as an earlier version left it, brought up to date.
    private func upgrade(
        from version: Int, _ fill: (any Connection) throws -> Void,
        _ check: @escaping @Sendable (any Connection) throws -> Void
    ) async throws {
        try await TestDatabase.withURL { url in
            try Self.withConnection(to: url) { connection in
                try Migrations.run(on: connection, upTo: Array(Migrations.all.prefix(version)))
                try fill(connection)
            }
            let database = try url.openForTest()
            defer { database.close() }
            try await database.read(check)
        }
    }

    private static func withConnection(to url: DatabaseURL, _ work: (any Connection) throws -> Void) throws {
        switch url {
        case .sqlite(let path):
            let connection = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 100)
            defer { connection.close() }
            try work(connection)
        case .postgres(let server):
            let connection = try PostgresConnection(to: server, for: .seconds(60))
            defer { connection.close() }
            try work(connection)
        }
    }

    @Test func `the age limit of existing sessions counts from the upgrade`() async throws {
        let before = Timestamp.now()
        try await upgrade(from: 9) { connection in
            try connection.execute(
                """
                INSERT INTO users (id, email, email_verified, is_active, created_at, updated_at)
                VALUES ('u', 'a@example.com', \(false), \(true), 1, 1)
                """)
            // From 400 days ago, and used yesterday.
            let old = before.adding(seconds: -400 * 86_400)
            try connection.execute(
                """
                INSERT INTO sessions
                    (id, user_id, token_digest, created_at, updated_at, expires_at, ip_address, user_agent, remembered)
                VALUES ('s', 'u', 'd', \(old), \(before), \(before.adding(seconds: 600_000)), '', '', \(true))
                """)
        } _: { connection in
            let found = try connection.row("SELECT created_at, limited_from FROM sessions") {
                (created: $0.integer(0), limited: $0.integer(1))
            }
            #expect(found?.created == before.adding(seconds: -400 * 86_400).milliseconds)
            #expect(found.map { (before.milliseconds...Timestamp.now().milliseconds).contains($0.limited) } == true)
        }
    }

    @Test func `existing sessions count as confirmed when they began`() async throws {
        try await upgrade(from: 20) { connection in
            try connection.execute(
                """
                INSERT INTO users (id, email, email_verified, is_active, created_at, updated_at)
                VALUES ('u', 'a@example.com', \(false), \(true), 1, 1)
                """)
            try connection.execute(
                """
                INSERT INTO sessions
                    (id, user_id, token_digest, created_at, updated_at, expires_at, ip_address, user_agent, remembered)
                VALUES ('s', 'u', 'd', 7, 8, 9, '', '', \(true))
                """)
        } _: { connection in
            let provedAt = try connection.row("SELECT proved_at FROM sessions") { $0.integer(0) }
            #expect(provedAt == 7)
        }
    }

    @Test func `existing sessions were last seen when renewed, and users keep their device's colours`()
        async throws
    {
        try await upgrade(from: 21) { connection in
            try connection.execute(
                """
                INSERT INTO users (id, email, email_verified, is_active, created_at, updated_at)
                VALUES ('u', 'a@example.com', \(false), \(true), 1, 1)
                """)
            try connection.execute(
                """
                INSERT INTO sessions
                    (id, user_id, token_digest, created_at, updated_at, expires_at, ip_address, user_agent, remembered)
                VALUES ('s', 'u', 'd', 7, 8, 9, '', '', \(true))
                """)
        } _: { connection in
            let seenAt = try connection.row("SELECT seen_at FROM sessions") { $0.integer(0) }
            #expect(seenAt == 8)
            let appearance = try connection.row("SELECT appearance FROM users") { $0.text(0) }
            #expect(appearance == "system")
            let isPending = try connection.row("SELECT deletion_requested_at FROM users") { !$0.isNull(0) }
            #expect(isPending == false)
        }
    }

    /// Ten tasks of one user, one of them in the trash, as versions 4 to 17 had them.
    private func fillWithTasks(_ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO users (id, email, email_verified, is_active, created_at, updated_at)
            VALUES ('u', 'a@example.com', \(false), \(true), 1, 1)
            """)
        for number in 0..<10 {
            let isDeleted = number == 3
            let details = number % 3 == 0 ? nil : "🦊"
            let columns = SQLColumns("user_id, id, title, description, completed, completed_at, created_at, updated_at")
            if isDeleted {
                try connection.execute(
                    """
                    INSERT INTO deleted_tasks (\(columns), deleted_at)
                    VALUES ('u', \("\(number)"), \("é\(number)"), \(details), \(true), 5, 1, 2, 99)
                    """)
            } else {
                try connection.execute(
                    """
                    INSERT INTO tasks (\(columns))
                    VALUES ('u', \("\(number)"), \("é\(number)"), \(details), \(false), NULL, 1, 2)
                    """)
            }
        }
    }

    @Test func `tasks and trash from before the quota count towards it`() async throws {
        try await upgrade(from: 14, fillWithTasks) { connection in
            let bytes = try connection.row("SELECT bytes FROM task_usage WHERE user_id = 'u'") { $0.integer(0) }
            let expected: Int64 = 10 * (128 + 3) + 6 * 4
            #expect(bytes == expected)
        }
    }

    @Test func `the trash moves to the table of tasks, and the log of changes begins`() async throws {
        try await upgrade(from: 17, fillWithTasks) { connection in
            let rows = try connection.rows("SELECT id, title, completed_at, deleted_at FROM tasks ORDER BY id") {
                "\($0.text(0)) \($0.text(1)) \($0.optionalInteger(2) ?? 0) \($0.integer(3))"
            }
            #expect(rows == (0..<10).map { $0 == 3 ? "3 é3 5 99" : "\($0) é\($0) 0 0" })
            let revision = try connection.revision(of: UserID(rawValue: "u"))
            #expect(revision.sequence == 0 && !revision.epoch.isEmpty)
            let changes = try connection.row("SELECT COUNT(*) FROM changes") { $0.integer(0) }
            #expect(changes == 0)
        }
    }

    @Test func `rows of accounts that an SQL shell deleted do not stop the upgrade`() async throws {
        try await upgrade(from: 17) { connection in
            try fillWithTasks(connection)
            guard connection.dialect == .sqlite else { return }
            try connection.execute("PRAGMA foreign_keys = OFF")
            try connection.execute("DELETE FROM users")
            try connection.execute("PRAGMA foreign_keys = ON")
        } _: { connection in
            let count = try connection.row("SELECT COUNT(*) FROM tasks") { $0.integer(0) }
            #expect(count == (connection.dialect == .sqlite ? 0 : 10))
        }
    }

    @Test func `a newer database is refused and left alone`() async throws {
        try await TestDatabase.withURL { url in
            let database = try url.openForTest()
            try await database.write {
                _ = try $0.execute("INSERT INTO schema_migrations VALUES (\(999), \("future"), \(0))")
            }
            database.close()
            let error = #expect(throws: StorageError.self) { try url.openForTest() }
            #expect(error?.description.contains("newer Latchkey (schema 999") == true)
        }
    }

    @Test func `another program's database is refused and left alone`() async throws {
        try await TestDatabase.withURL { url in
            switch url {
            case .sqlite(let path):
                try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 100).execute(
                    "CREATE TABLE songs (a TEXT)")
            case .postgres(let server): try server.execute("CREATE TABLE songs (a TEXT)")
            }
            let error = #expect(throws: StorageError.self) { try url.openForTest() }
            #expect(error?.description.contains("songs") == true)
            #expect(throws: StorageError.self) { try url.peek { _ in true } }
        }
    }
}

extension DatabaseURL {
    /// Gives a connection of its own to `work`, to look at a database from before a migration.
    func withConnection<Value>(_ work: (any Connection) throws -> Value) throws -> Value {
        switch self {
        case .sqlite(let path):
            let connection = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 100)
            defer { connection.close() }
            return try work(connection)
        case .postgres(let server):
            let connection = try PostgresConnection(to: server, for: .seconds(60))
            defer { connection.close() }
            return try work(connection)
        }
    }
}

/// Rules that apply to files only.
@Suite struct SQLiteMigrationsTests {
    @Test func `another program's file is left unchanged`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.db"
            let other = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 100)
            try other.execute("CREATE TABLE songs (title TEXT)")
            other.close()
            let before = FileManager.default.contents(atPath: path)
            #expect(throws: StorageError.self) { try SQLiteDatabase(path: path) }
            #expect(FileManager.default.contents(atPath: path) == before)
        }
    }

    @Test func `a file that is not a database is refused and left unchanged`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.db"
            let content = Data(String(repeating: "These are my holiday notes. ", count: 100).utf8)
            try content.write(to: URL(fileURLWithPath: path))
            #expect(throws: StorageError.self) { try SQLiteDatabase(path: path) }
            #expect(FileManager.default.contents(atPath: path) == content)
        }
    }
}
