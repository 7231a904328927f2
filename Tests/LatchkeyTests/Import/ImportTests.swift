import App
import Auth
import Basics
import Crypto
import Domain
import FoundationEssentials
import TestSupport
import Testing

@testable import Latchkey
@testable import Storage

@Suite struct ImportTests {
    /// "correct horse battery", by Python's hashlib.scrypt and bcrypt.
    private static let scrypt =
        "00112233445566778899aabbccddeeff:267a33c2ae63f1c2d542f84d50b7d87c68900c8b9475f6a47ade71cf44b234822e0a34af1d226572b5caf52809319d4c486f3d209cc2fd022fb53bb4eaeb35b1"
    private static let bcrypt = "$2b$04$JTj/3.7dCPln3MnenHMZFuEEkldG.pEfIi/hTQSG9Z1PPsUpmJnji"

    private static let fastAPI = [
        """
        CREATE TABLE user (id VARCHAR PRIMARY KEY, email VARCHAR, hashed_password VARCHAR, username VARCHAR,
            is_active BOOLEAN, created_at DATETIME)
        """,
        "CREATE TABLE task (id INTEGER PRIMARY KEY, user_id VARCHAR, title VARCHAR, description VARCHAR, completed BOOLEAN, priority INTEGER, created_at DATETIME)",
        "INSERT INTO user VALUES ('alice', 'Alice@Example.com', '\(bcrypt)', 'Al', 1, '2026-01-10 12:00:00.5')",
        "INSERT INTO user VALUES ('bob', 'bob@example.com', NULL, NULL, 0, 1768046400)",
        "INSERT INTO task VALUES (1, 'alice', ' Buy milk ', '2 l', 1, 3, '2026-01-11 12:00:00')",
        "INSERT INTO task VALUES (2, 'alice', 'Sleep', NULL, 0, 3, '2026-01-11 12:00:00')",
    ]

    private static let betterAuth = [
        "CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT, email TEXT, emailVerified INTEGER, image TEXT, createdAt TEXT, updatedAt TEXT)",
        "CREATE TABLE account (id TEXT, accountId TEXT, providerId TEXT, userId TEXT, password TEXT)",
        "INSERT INTO user VALUES ('Ab3', 'Alice', 'alice@example.com', 1, NULL, '2026-01-10T12:00:00.123Z', '2026-01-10T12:00:00.123Z')",
        "INSERT INTO user VALUES ('Cd4', 'Bob', 'bob@example.com', 0, 'https://example.com/b.png', '2026-01-10T12:00:00.123Z', NULL)",
        "INSERT INTO account VALUES ('x', 'Ab3', 'credential', 'Ab3', '\(scrypt)')",
        "INSERT INTO account VALUES ('y', '123', 'github', 'Cd4', NULL)",
    ]

    @Test func `takes over FastAPI's users and tasks`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(Self.fastAPI)

            let plan = try await scene.run(.fastAPI)

            #expect(plan.problems == [])
            #expect(plan.summary == "2 users (1 with a password, 1 without), 2 tasks; skipped: 0 users, 0 tasks")
            #expect(plan.notes == ["table task: not taken over: 'priority'."])
            #expect(
                try await scene.query(
                    "SELECT id || '|' || email || '|' || COALESCE(username, '-') || '|' || is_active || '|' || created_at FROM users ORDER BY id"
                ) == [
                    "alice|alice@example.com|Al|1|1768046400500", "bob|bob@example.com|-|0|1768046400000",
                ])
            #expect(
                try await scene.query(
                    "SELECT title || '|' || COALESCE(description, '-') || '|' || completed || '|' || COALESCE(completed_at, '-') || '|' || created_at FROM tasks ORDER BY user_id, id"
                ) == ["Buy milk|2 l|1|1768132800000|1768132800000", "Sleep|-|0|-|1768132800000"])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: scene.directory).sorted() == ["data", "other.db"])
        }
    }

    @Test func `counts the pending links of Better Auth, and leaves them`() async throws {
        try await ImportScene.with { scene in
            let (later, earlier) = ("2027-01-15T09:00:00.000Z", "2026-01-15T07:00:00.000Z")
            try scene.makeFile(
                Self.betterAuth + [
                    "CREATE TABLE verification (id TEXT, identifier TEXT, value TEXT, expiresAt TEXT)",
                    "INSERT INTO verification VALUES ('1', 'reset-password:q1W2e3R4t5Y6u7I8o9P0a1S2', 'Ab3', '\(later)')",
                    "INSERT INTO verification VALUES ('2', 'reset-password:z1W2e3R4t5Y6u7I8o9P0a1S2', 'Cd4', '\(later)')",
                    "INSERT INTO verification VALUES ('3', 'reset-password:old', 'Ab3', '\(earlier)')",
                    "INSERT INTO verification VALUES ('4', 'delete-account-x', 'Ab3', '\(later)')",
                    "INSERT INTO verification VALUES ('5', 'sign-in-otp-a@example.com', '123456:0', 'never')",
                ])
            let plan = try await scene.run(.betterAuth)
            #expect(plan.problems == [])
            let note =
                "not taken over, as they are links and codes of the old server: 2 to set a new password, 1 to delete an account, 1 of other kinds. Their owners ask for new ones here."
            #expect(plan.notes.contains(note), "\(plan.notes)")
            #expect(!"\(plan.notes)".contains("q1W2e3R4"))
            #expect(try await scene.query("SELECT token_digest FROM account_links") == [])

            try scene.makeFile(
                Self.betterAuth + [
                    "CREATE TABLE verification (id TEXT, identifier TEXT, value TEXT, expiresAt TEXT)",
                    "INSERT INTO verification VALUES ('3', 'reset-password:old', 'Ab3', '\(earlier)')",
                ])
            #expect(try scene.draft(.betterAuth).notes.count == 1)
        }
    }

    @Test func `takes over Better Auth's users, who then sign in`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(Self.betterAuth)

            let plan = try await scene.run(.betterAuth)

            #expect(plan.problems == [])
            #expect(plan.summary == "2 users (1 with a password, 1 without), 0 tasks; skipped: 0 users, 0 tasks")
            #expect(
                plan.notes == [
                    "not taken over: accounts with 'github' (1), as no sign-in provider with this name is set here."
                ])
            let database = try SQLiteDatabase(path: scene.database)
            defer { database.close() }
            let services = try Services.test(on: database, configure: { $0.hasStrictPasswords = true })
            defer { services.hasher.shutDown() }
            let alice = try await services.auth.signIn(
                email: "alice@example.com", password: "correct horse battery",
                from: Client(ipAddress: "", userAgent: ""))
            #expect(alice.user.id.rawValue == "Ab3")
            #expect(alice.user.username == "Alice")
            #expect(alice.user.isEmailVerified)
            let hash = try await SQLAccountStore(database).passwordHash(of: alice.user.id)
            #expect(hash?.hasPrefix("$2b$04$") == true)
        }
    }

    @Test func `reads the same from CSV`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(
                "users.csv",
                "id,email,hashed_password,username,is_active,created_at\r\n550e8400e29b41d4a716446655440000,a@example.com,\(Self.scrypt),\"Al, \"\"A\"\"\",true,2026-01-10T12:00:00Z\r\n"
            )
            try scene.makeFile(
                "tasks.csv",
                "id,user_id,title,is_completed\n018f4e3a00007000800000000000000a,550e8400-e29b-41d4-a716-446655440000,\"One\ntwo\",f\n"
            )

            let plan = try await scene.run(.fastAPI, scene.directory)

            #expect(plan.problems == [])
            #expect(plan.users.map(\.user.id.rawValue) == ["550e8400-e29b-41d4-a716-446655440000"])
            #expect(plan.users.map(\.user.username) == ["Al, \"A\""])
            #expect(plan.users.map(\.passwordHash) == [Self.scrypt])
            #expect(plan.tasks.map(\.id.rawValue) == ["018f4e3a-0000-7000-8000-00000000000a"])
            #expect(plan.tasks.map(\.content.title.text) == ["One\ntwo"])
            #expect(try await scene.counts() == ["1", "1"])
        }
    }

    @Test func `the columns of a single CSV file tell what it contains`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile("export.csv", "id,email,password\n1,a@example.com,\(Self.scrypt)\n")
            #expect(
                try await scene.run(.fastAPI, scene.directory + "/export.csv").users.map(\.passwordHash) == [
                    Self.scrypt
                ])
            try scene.makeFile("more.CSV", "user_id,title,done\n1,Sleep,1\n")
            let tasks = try await scene.run(.fastAPI, scene.directory + "/more.CSV")
            #expect(tasks.problems == [])
            #expect(tasks.tasks.map(\.isCompleted) == [true])
            #expect(try await scene.counts() == ["1", "1"])
        }
    }

    private static let badUsers: [(row: String, reason: String)] = [
        ("1,nope@@example.com,,", "'nope@@example.com' is not an e-mail address that can sign in here."),
        ("1,,,", "has no e-mail address."),
        (",a@example.com,,", "has no id."),
        ("é,a@example.com,,", "the id 'é' cannot be kept: an id has 1–128 visible ASCII characters."),
        ("0,a@example.com,,", "has the same id as users.csv, line 2."),
        ("1,FIRST@example.com,,", "has the same e-mail address as users.csv, line 2."),
        ("1,a@example.com,,maybe", "is_active is 'maybe', neither true nor false."),
        (
            "1,a@example.com,$argon2id$x,",
            "the password hash is neither bcrypt ($2a$, $2b$, $2y$; at most 2^16 rounds) nor Better Auth's scrypt; the user would have no password."
        ),
    ]

    @Test(arguments: badUsers)
    func `one bad user stops everything, or is left out`(row: String, reason: String) async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(
                "users.csv", "id,email,password_hash,is_active\n0,first@example.com,\(Self.scrypt),1\n\(row)\n")

            let stopped = try await scene.run(.fastAPI, scene.directory)
            #expect(stopped.problems.count == 1)
            #expect(stopped.problems.first?.place.hasPrefix("users.csv, line 3") == true)
            #expect(stopped.problems.first?.reason == reason)
            #expect(!FileManager.default.fileExists(atPath: scene.database))

            _ = try await scene.run(.fastAPI, scene.directory, skipsBadRows: true)
            #expect(try await scene.counts() == [reason.contains("hash") ? "2" : "1", "0"])
        }
    }

    private static let badTasks: [(row: String, reason: String)] = [
        ("1,0,,,", "Enter a title."),
        ("1,0,\(String(repeating: "x", count: 201)),,", "The title may have at most 200 characters."),
        ("1,0,x,\(String(repeating: "x", count: 10_001)),", "The description may have at most 10,000 characters."),
        ("1,,x,,", "has no user id."),
        ("1,9,x,,", "there is no user with the id '9'."),
        ("1,bad,x,,", "its user is not taken."),
        ("1,0,x,,soon", "created_at is 'soon', which is not a date and time."),
        ("0,0,again,,2026-01-10", "is there twice."),
    ]

    @Test(arguments: badTasks)
    func `one bad task stops everything, or is left out`(row: String, reason: String) async throws {
        try await ImportScene.with { scene in
            try scene.makeFile("users.csv", "id,email\n0,first@example.com\n\(row.contains("bad") ? "bad,nope\n" : "")")
            try scene.makeFile(
                "tasks.csv", "id,user_id,title,description,created_at\n0,0,Good,,2026-01-10\n\(row)\n")

            let stopped = try await scene.run(.fastAPI, scene.directory)
            #expect(stopped.problems.last?.reason == reason)
            #expect(stopped.problems.last?.effect == .taskSkipped)
            #expect(try await scene.counts() == ["0", "0"])

            _ = try await scene.run(.fastAPI, scene.directory, skipsBadRows: true)
            #expect(try await scene.counts() == ["1", "1"])
        }
    }

    @Test func `a second run finds everything imported and adds nothing`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(Self.fastAPI)
            #expect(try await scene.run(.fastAPI).users.count == 2)
            let before = try await scene.query("SELECT id FROM tasks")

            let again = try await scene.run(.fastAPI)
            #expect(again.problems.count { $0.reason == "is already here." } == 4)
            #expect(again.problems.count == 4)
            #expect(again.users == [] && again.tasks == [])
            _ = try await scene.run(.fastAPI, skipsBadRows: true)
            #expect(try await scene.query("SELECT id FROM tasks") == before)

            try scene.makeFile(Self.fastAPI + ["INSERT INTO task VALUES (3, 'alice', 'New', NULL, 0, 0, NULL)"])
            #expect(try await scene.run(.fastAPI, skipsBadRows: true).tasks.map(\.content.title.text) == ["New"])
        }
    }

    @Test func `another user's id or address is never taken over, nor are tasks added to theirs`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile("export.csv", "id,email\nalice,mallory@example.com\n7,bob@example.com\n")
            _ = try await scene.run(.fastAPI, scene.directory + "/export.csv")
            try scene.makeFile(Self.fastAPI)

            let plan = try await scene.run(.fastAPI, skipsBadRows: true)

            #expect(
                plan.problems.map(\.reason).suffix(4) == [
                    "another user here has this id.", "bob@example.com already has an account here.",
                    "its user is not taken.", "its user is not taken.",
                ])
            #expect(try await scene.counts() == ["2", "0"])
        }
    }

    @Test func `an address reserved for its former owner is not imported`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile("export.csv", "id,email\n7,robert@example.com\n")
            _ = try await scene.run(.fastAPI, scene.directory + "/export.csv")
            let now = Timestamp.now()
            func keepBob(until end: Timestamp) async throws {
                try await scene.execute(
                    """
                    INSERT INTO account_links (token_digest, purpose, user_id, address, created_at, expires_at)
                    VALUES (\(UUID().uuidString), 'recovery', '7', 'bob@example.com', \(now), \(end))
                    """)
            }
            try await keepBob(until: now.adding(seconds: 86_400))
            try scene.makeFile(Self.fastAPI)

            let plan = try await scene.run(.fastAPI)

            #expect(
                plan.problems.first?.reason == """
                    an account here had the address bob@example.com until lately, and its owner can take it back for \
                    up to 7 days.
                    """)
            #expect(try scene.importer().preview(try scene.draft(.fastAPI)).problems == plan.problems)
            #expect(try await scene.counts() == ["1", "0"])

            try await scene.execute("DELETE FROM account_links")
            try await keepBob(until: now)
            #expect(try await scene.run(.fastAPI).problems == [])
            #expect(try await scene.counts() == ["3", "2"])
        }
    }

    @Test func `tasks alone go to users who came from Better Auth`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(Self.betterAuth)
            _ = try await scene.run(.betterAuth)
            try scene.makeFile("tasks.csv", "id,user_id,title\n1,Ab3,Mine\n2,Zz9,Nobody's\n")

            let plan = try await scene.run(.fastAPI, scene.directory + "/tasks.csv", skipsBadRows: true)

            #expect(plan.tasks.map(\.content.title.text) == ["Mine"])
            #expect(plan.problems.map(\.reason) == ["there is no user with the id 'Zz9'."])
        }
    }

    @Test func `imported tasks are in the Inbox, and found by their words`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(Self.fastAPI)
            _ = try await scene.run(.fastAPI)
            let database = try SQLiteDatabase(path: scene.database)
            defer { database.close() }
            let tasks = TaskService(store: SQLTaskStore(database), ids: UUIDv7Generator(), now: Clocks.system.now)
            let alice = UserID(rawValue: "alice")
            let task = try #require(try await tasks.list(for: alice, matching: TaskQuery()).tasks(of: alice).first)
            var filter = TaskFilter()
            filter.words = SearchWords.words(of: [task.content.title.text])
            filter.listID = .inbox
            #expect(!filter.words.isEmpty)
            let found = try await tasks.list(for: alice, matching: TaskQuery(filter)).tasks(of: alice)
            #expect(found.map(\.id).contains(task.id))
        }
    }

    @Test func `a task in the trash stays there`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(Self.fastAPI)
            _ = try await scene.run(.fastAPI)
            let database = try SQLiteDatabase(path: scene.database)
            let tasks = TaskService(store: SQLTaskStore(database), ids: UUIDv7Generator(), now: Clocks.system.now)
            let alice = UserID(rawValue: "alice")
            let task = try #require(try await tasks.list(for: alice, matching: TaskQuery()).tasks(of: alice).first)
            _ = try await tasks.delete(task.id, for: TaskOwner(alice))
            database.close()

            _ = try await scene.run(.fastAPI, skipsBadRows: true)

            #expect(try await scene.counts() == ["2", "1"])
        }
    }

    @Test func `a preview makes and changes no file`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(Self.betterAuth)
            let plan = try scene.importer().preview(try scene.draft(.betterAuth))
            #expect(plan.users.count == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.directory) == ["other.db"])

            func files() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: scene.directory + "/data").sorted()
            }
            _ = try await scene.run(.betterAuth)
            let imported = try files()
            let again = try scene.importer().preview(try scene.draft(.betterAuth))
            #expect(again.users == [] && again.problems.count == 2)
            #expect(try files() == imported)
        }
    }

    @Test func `a banned user is inactive until the ban ends`() async throws {
        try await ImportScene.with { scene in
            try scene.makeFile(
                "export.csv",
                "id,email,banned,banExpires\n1,a@example.com,1,\n2,b@example.com,1,2020-01-01T00:00:00Z\n3,c@example.com,1,2090-01-01\n4,d@example.com,,\n"
            )
            let draft = try scene.draft(.betterAuth, scene.directory + "/export.csv")
            #expect(draft.users.map(\.value.user.isActive) == [false, true, false, true])
        }
    }

    @Test func `an unreadable file is refused with a message`() async throws {
        try await ImportScene.with { scene in
            let path = { (name: String) in scene.directory + "/" + name }
            try scene.makeFile("empty.db", "")
            try scene.makeFile("text.db", "hello, this is no database at all")
            try scene.makeFile("torn.db", "SQLite format 3\u{0}" + String(repeating: "x", count: 2000))
            try scene.makeFile("quote.csv", "id,email\n1,\"a\n")
            try scene.makeFile("other.csv", "id,price\n1,2\n")
            try scene.makeFile("few.csv", "email\na@example.com\n")
            try scene.makeFile(["CREATE TABLE invoices (id)"])
            _ = try SQLiteDatabase(path: path("ours.db")).close()
            for name in [
                "none.db", "empty.db", "text.db", "torn.db", "quote.csv", "other.csv", "few.csv", "other.db", "ours.db",
            ] {
                let error = #expect(throws: ImportFailure.self, "\(name)") { try scene.draft(.fastAPI, path(name)) }
                #expect(error?.description.hasSuffix(".") == true || name == "torn.db", "\(error?.description ?? "")")
            }
            #expect(throws: ImportFailure("few.csv has no column id.")) { try scene.draft(.fastAPI, path("few.csv")) }
            #expect(throws: ImportFailure("\(path("ours.db")) is a database of Latchkey itself.")) {
                try scene.draft(.betterAuth, path("ours.db"))
            }
            #expect(!FileManager.default.fileExists(atPath: path("data")))
        }
    }
}
