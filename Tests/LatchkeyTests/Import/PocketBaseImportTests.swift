import App
import Auth
import Basics
import Domain
import FoundationEssentials
import TestSupport
import Testing

@testable import Latchkey
@testable import Storage

/// Files made by the schema that PocketBase documents (its migrations and field types), not by PocketBase itself.
@Suite struct PocketBaseImportTests {
    /// "correct horse battery", by Python's bcrypt, with the prefix that Go writes.
    private static let bcrypt = "$2a$04$JTj/3.7dCPln3MnenHMZFuEEkldG.pEfIi/hTQSG9Z1PPsUpmJnji"

    private static func authTable(_ name: String) -> String {
        """
        CREATE TABLE `\(name)` (`avatar` TEXT DEFAULT '' NOT NULL, `created` TEXT DEFAULT '' NOT NULL,
            `email` TEXT DEFAULT '' NOT NULL, `emailVisibility` BOOLEAN DEFAULT FALSE NOT NULL,
            `id` TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL, `name` TEXT DEFAULT '' NOT NULL,
            `password` TEXT DEFAULT '' NOT NULL, `tokenKey` TEXT DEFAULT '' NOT NULL,
            `updated` TEXT DEFAULT '' NOT NULL, `verified` BOOLEAN DEFAULT FALSE NOT NULL)
        """
    }

    private static func user(
        _ id: String, _ email: String, in table: String = "users", name: String = "", verified: Int = 0,
        hash: String = bcrypt
    ) -> String {
        """
        INSERT INTO `\(table)` (id, email, name, verified, password, tokenKey, created, updated)
        VALUES ('\(id)', '\(email)', '\(name)', \(verified), '\(hash)', 'k\(id)', '2025-03-01 08:30:00.250Z',
            '2025-04-01 00:00:00.000Z')
        """
    }

    private static let base =
        [
            """
            CREATE TABLE `_collections` (`id` TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
                `system` BOOLEAN DEFAULT FALSE NOT NULL, `type` TEXT DEFAULT "base" NOT NULL,
                `name` TEXT UNIQUE NOT NULL, `fields` JSON DEFAULT "[]" NOT NULL, `indexes` JSON DEFAULT "[]" NOT NULL,
                `listRule` TEXT DEFAULT NULL, `viewRule` TEXT DEFAULT NULL, `createRule` TEXT DEFAULT NULL,
                `updateRule` TEXT DEFAULT NULL, `deleteRule` TEXT DEFAULT NULL, `options` JSON DEFAULT "{}" NOT NULL,
                `created` TEXT DEFAULT '' NOT NULL, `updated` TEXT DEFAULT '' NOT NULL)
            """,
            """
            CREATE TABLE `_externalAuths` (`collectionRef` TEXT DEFAULT '' NOT NULL, `created` TEXT DEFAULT '' NOT NULL,
                `id` TEXT PRIMARY KEY NOT NULL, `provider` TEXT DEFAULT '' NOT NULL,
                `providerId` TEXT DEFAULT '' NOT NULL, `recordRef` TEXT DEFAULT '' NOT NULL,
                `updated` TEXT DEFAULT '' NOT NULL)
            """,
            "INSERT INTO _collections (id, system, type, name) VALUES ('pbc_3142635823', TRUE, 'auth', '_superusers')",
            "INSERT INTO _collections (id, system, type, name) VALUES ('_pb_users_auth_', FALSE, 'auth', 'users')",
            "INSERT INTO _collections (id, system, type, name) VALUES ('pbc_1', FALSE, 'base', 'posts')",
            authTable("_superusers"), authTable("users"), "CREATE TABLE posts (id TEXT PRIMARY KEY, title TEXT)",
            user("root00000000000", "root@example.com", in: "_superusers"),
        ]

    private func withFile(
        _ statements: [String], _ work: (ImportFile, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/data.db"
            let connection = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 0)
            try connection.useWriteAheadLog()
            for statement in statements { try connection.execute(SQL(stringLiteral: statement)) }
            connection.close()
            try await work(ImportFile(path: path), directory)
        }
    }

    private func draft(_ file: ImportFile, _ collection: String? = nil) throws -> ImportDraft {
        try PocketBaseImport(collection: collection, now: Timestamp(milliseconds: 1_800_000_000_000)).draft(of: file)
    }

    private func failure(_ file: ImportFile, _ collection: String? = nil) -> String {
        do { _ = try draft(file, collection) } catch { return "\(error)" }
        return ""
    }

    @Test func `takes over its users, who then sign in`() async throws {
        let statements =
            Self.base + [
                Self.user("5f1abc2def3gh4i", "Ada@Example.com", name: "Ada", verified: 1),
                Self.user("6f1abc2def3gh4i", "bob@example.com"),
                "INSERT INTO _externalAuths VALUES ('_pb_users_auth_', '', 'e', 'google', '77', '6f1abc2def3gh4i', '')",
                "INSERT INTO _externalAuths VALUES ('pbc_3142635823', '', 'f', 'github', '78', 'root00000000000', '')",
            ]
        try await withFile(statements) { file, directory in
            let sources = SettingSources(flags: ["LATCHKEY_DATA": directory + "/data"])
            let importer = Importer(place: try Configuration.DataPlace(sources), skipsBadRows: false)
            let plan = try await importer.run(try draft(file))
            #expect(plan.problems == [])
            #expect(plan.summary == "2 users (2 with a password, 0 without), 0 tasks; skipped: 0 users, 0 tasks")
            #expect(
                plan.notes == [
                    "table users: not taken over: 'avatar'.", "not taken over: linked accounts with 'google' (1).",
                ])
            let database = try SQLiteDatabase(path: directory + "/data/latchkey.db")
            defer { database.close() }
            let services = try Services.test(on: database)
            defer { services.hasher.shutDown() }
            let ada = try await services.auth.signIn(
                email: "ada@example.com", password: "correct horse battery",
                from: Client(ipAddress: "", userAgent: "")
            ).user
            #expect(ada.id.rawValue == "5f1abc2def3gh4i" && ada.username == "Ada" && ada.isEmailVerified)
            #expect(ada.createdAt.rfc3339 == "2025-03-01T08:30:00.250Z")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["data", "data.db"])
            // Once more: all are here already.
            #expect(try await importer.run(try draft(file)).problems.count == 2)
        }
    }

    @Test func `users of versions before 0.23 have the hash and the times in older columns`() async throws {
        let statements = [
            "CREATE TABLE `_collections` (`id` TEXT PRIMARY KEY, `system` BOOLEAN, `type` TEXT, `name` TEXT, `schema` JSON)",
            "INSERT INTO _collections VALUES ('_pb_users_auth_', 0, 'auth', 'users', '[]')",
            """
            CREATE TABLE users (avatar TEXT DEFAULT '', created TEXT, email TEXT, emailVisibility BOOLEAN, id TEXT,
                lastLoginAlertSentAt TEXT, lastResetSentAt TEXT, lastVerificationSentAt TEXT, name TEXT,
                passwordHash TEXT, tokenKey TEXT, updated TEXT, username TEXT, verified BOOLEAN)
            """,
            """
            INSERT INTO users (id, email, username, passwordHash, created, updated, verified)
            VALUES ('a', 'a@example.com', 'users1', '\(Self.bcrypt)', '2022-01-01 10:00:00.123Z', '', 1)
            """,
            "INSERT INTO users (id, email, username, passwordHash) VALUES ('b', '', 'users2', '\(Self.bcrypt)')",
        ]
        try await withFile(statements) { file, _ in
            let draft = try draft(file)
            #expect(draft.users.map(\.value.user.email.text) == ["a@example.com"])
            #expect(draft.users.first?.value.passwordHash == Self.bcrypt)
            #expect(draft.problems.map(\.reason) == ["has no e-mail address."])
        }
    }

    @Test func `of several collections one is chosen`() async throws {
        let more = [
            "INSERT INTO _collections (id, type, name) VALUES ('pbc_2', 'auth', 'it''s \"odd\" %')",
            Self.authTable("it's \"odd\" %"), Self.user("c", "c@example.com", in: "it's \"odd\" %"),
            Self.user("d", "d@example.com"),
        ]
        try await withFile(Self.base + more) { file, _ in
            #expect(failure(file).contains("several auth collections: 'users', 'it's \"odd\" %'. Choose one with"))
            for (name, id) in [("users", "d"), ("it's \"odd\" %", "c"), ("_superusers", "root00000000000")] {
                let users = try draft(file, name).users
                #expect(users.map(\.value.user.id.rawValue) == [id])
            }
            for none in ["posts", "none", "", "_collections", "sqlite_master"] {
                #expect(failure(file, none).contains("has no auth collection"))
            }
        }
    }

    @Test func `other files are refused`() async throws {
        try await withFile(["CREATE TABLE user (id TEXT, email TEXT)"]) { file, directory in
            #expect(failure(file).contains("not a PocketBase database: it has no table _collections"))
            #expect(failure(ImportFile(path: directory)).contains("is not an SQLite database"))
            #expect(failure(ImportFile(path: directory + "/none.db")).contains("cannot be read"))
        }
        try await withFile(["CREATE TABLE _collections (id TEXT, name TEXT, type TEXT)"]) { file, _ in
            #expect(failure(file).hasSuffix("has no auth collection."))
        }
        try await withFile([
            "CREATE TABLE _collections (id TEXT, name TEXT, type TEXT)",
            "INSERT INTO _collections VALUES ('a', 'users', 'auth')",
        ]) { file, _ in
            #expect(failure(file).contains("has no table 'users'"))
        }
        try await withFile(Array(Self.base.prefix(4)) + ["CREATE TABLE users (id TEXT, email TEXT)"]) { file, _ in
            #expect(failure(file).contains("has no column hashedpassword or passwordhash or password"))
        }
    }

    @Test func `a hash of another kind is named`() async throws {
        let statements =
            Self.base + [Self.user("a", "a@example.com", hash: "plain text"), Self.user("b", "no address")]
        try await withFile(statements) { file, _ in
            let draft = try draft(file)
            #expect(draft.problems.count == 2)
            #expect(draft.users.map(\.value.passwordHash) == [nil])
        }
    }
}
