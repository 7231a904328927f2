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

/// Passkeys and linked accounts of Better Auth's users.
@Suite struct SignInImportTests {
    private static let origin = "http://localhost:8000"
    private static let base = [
        "CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT, email TEXT, emailVerified INTEGER)",
        "CREATE TABLE account (id TEXT, accountId TEXT, providerId TEXT, userId TEXT, password TEXT, issuer TEXT)",
        """
        CREATE TABLE passkey (id TEXT, name TEXT, publicKey TEXT, userId TEXT, credentialID TEXT, counter INTEGER,
            deviceType TEXT, backedUp INTEGER, transports TEXT, createdAt TEXT, aaguid TEXT)
        """,
        "INSERT INTO user VALUES ('a', 'Alice', 'alice@example.com', 1)",
        "INSERT INTO user VALUES ('b', 'Bob', 'bob@example.com', 1)",
    ]
    private static let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    private struct Scene {
        let file: ImportFile
        let directory: String

        func importer(skipsBadRows: Bool = false) throws -> Importer {
            let sources = SettingSources(flags: ["LATCHKEY_DATA": directory + "/data"])
            return Importer(
                place: try Configuration.DataPlace(sources), skipsBadRows: skipsBadRows, secrets: { .test })
        }

        func draft(_ providers: [SignInProvider] = [TestProvider.provider]) throws -> ImportDraft {
            try BetterAuthImport(now: .now(), secrets: BetterAuthSecrets([]), providers: providers).draft(of: file)
        }

        /// Runs `work` with the services on what was imported.
        func withServices(_ work: (Services) async throws -> Void) async throws {
            let database = try SQLiteDatabase(path: directory + "/data/latchkey.db")
            defer { database.close() }
            let services = try Services.test(on: database, clock: TestClock(at: .now())) {
                $0.ownOrigin = { SignInImportTests.origin }
                $0.providers = [TestProvider.provider]
            }
            defer { services.hasher.shutDown() }
            try await work(services)
        }
    }

    private func withScene(_ statements: [String], _ work: (Scene) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/auth.db"
            let connection = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 0)
            for statement in Self.base + statements { try connection.execute(SQL(stringLiteral: statement)) }
            connection.close()
            try await work(Scene(file: ImportFile(path: path), directory: directory))
        }
    }

    private func passkey() throws -> SoftPasskey { try SoftPasskey(at: Self.origin, "localhost") }

    private static func row(
        _ passkey: SoftPasskey, of user: String = "a", name: String = "'Laptop'", key: String? = nil,
        id: String? = nil, counter: String = "4", type: String = "multiDevice", aaguid: String = "NULL"
    ) throws -> String {
        let key = try key ?? Base64.encode(passkey.publicKey())
        let id = id ?? Base64URL.encode(passkey.id)
        return """
            INSERT INTO passkey VALUES ('p', \(name), '\(key)', '\(user)', '\(id)', \(counter), '\(type)', 1,
                'internal,hybrid,odd', '2026-01-10T12:00:00.123Z', \(aaguid))
            """
    }

    private static func account(
        _ id: String, _ provider: String = "test", of user: String = "a", issuer: String = "NULL"
    ) -> String {
        "INSERT INTO account VALUES ('x', '\(id)', '\(provider)', '\(user)', NULL, \(issuer))"
    }

    private func signIn(_ passkey: SoftPasskey, _ services: Services) async throws -> SignIn {
        let request = try #require(try services.auth.passkeyRequest())
        let response = try #require(PasskeyResponse(json: passkey.assertion(request.challenge)))
        return try await services.auth.signIn(with: response, from: Self.client)
    }

    // MARK: Passkeys

    @Test func `users sign in with the passkeys that they had`() async throws {
        var (first, second) = (try passkey(), try passkey())
        first.userHandle = Array("random-characters-of-the-plugin!".utf8)
        second.flags = 0x05
        let rows = try [
            Self.row(first, aaguid: "'EA9B8D66-4D01-1D21-3CE4-B6B48CB575D4'"),
            Self.row(second, of: "b", name: "NULL", id: Base64URL.encode(second.id) + "=", type: "singleDevice"),
        ]
        try await withScene(rows) { scene in
            let plan = try await scene.importer().run(scene.draft())
            #expect(plan.problems == [])
            #expect(
                plan.summary
                    == "2 users (0 with a password, 2 without, 2 passkeys), 0 tasks; skipped: 0 users, 0 tasks")
            #expect(
                plan.notes == [
                    "passkeys (2) sign in here only if the host of LATCHKEY_URL is the one that they were made for (rpID)."
                ])
            try await scene.withServices { services in
                let kept = try #require(try await services.passkeys.passkeys(of: UserID(rawValue: "a")).first)
                #expect(kept.name.text == "Laptop" && kept.transports == ["hybrid", "internal"])
                #expect(kept.isBackupEligible && kept.isBackedUp && !kept.isOfVerifiedAddress)
                #expect(kept.aaguid == "ea9b8d664d011d213ce4b6b48cb575d4")
                #expect(kept.createdAt == Timestamp(milliseconds: 1_768_046_400_123))
                #expect(try await signIn(first.counting(5), services).user.id.rawValue == "a")
                #expect(try await signIn(second.counting(5), services).user.id.rawValue == "b")
                // The counter goes on from where it was.
                await #expect(throws: AppError.badCredentials) { try await signIn(second.counting(4), services) }
                let suspected = try await services.passkeys.passkeys(of: UserID(rawValue: "b"))
                #expect(suspected.map(\.name.text) == ["Passkey"] && suspected.first?.suspectedAt != nil)
            }
        }
    }

    @Test func `each invalid passkey is named, and its user's other data are imported`() async throws {
        let good = try passkey()
        let other = try passkey()
        let weak = Base64.encode([0xA4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20] + [UInt8](repeating: 0, count: 32))
        let cases: [(String, String)] = [
            (try Self.row(other, key: weak), "the passkey's public key"),
            (try Self.row(other, key: "not base64"), "the passkey's public key"),
            (try Self.row(other, key: ""), "the passkey's public key"),
            (try Self.row(other, id: "a b"), "the passkey's credentialID"),
            (try Self.row(other, counter: "-1"), "the passkey's counter"),
            (try Self.row(other, counter: "4294967296"), "the passkey's counter"),
            (try Self.row(other, type: "phone"), "the passkey's deviceType"),
            (try Self.row(good), "is the same passkey as table passkey, row 1."),
        ]
        for (row, reason) in cases {
            try await withScene([try Self.row(good), row]) { scene in
                let draft = try scene.draft()
                #expect(draft.problems.map { $0.reason.hasPrefix(reason) } == [true], "\(draft.problems)")
                #expect(draft.problems.map(\.effect) == [.passkeySkipped])
                #expect(try scene.importer().mayWrite(ImportPlan(draft, against: nil)) == false)
                let plan = try await scene.importer(skipsBadRows: true).run(draft)
                #expect(plan.users.map(\.passkeys.count) == [1, 0])
            }
        }
    }

    @Test func `passkeys of users who are not imported are left out`() async throws {
        let rows = [try Self.row(passkey(), of: "gone"), Self.account("1", of: "gone")]
        try await withScene(rows) { scene in
            let draft = try scene.draft()
            #expect(
                draft.notes == [
                    "not taken over: passkeys of users who are not taken over (1).",
                    "not taken over: linked accounts of users who are not taken over (1).",
                ])
        }
    }

    @Test func `a passkey of an existing account is left out`() async throws {
        let passkey = try passkey()
        try await withScene([try Self.row(passkey), Self.account("sub-1")]) { scene in
            let first = try await scene.importer().run(scene.draft())
            #expect(first.problems == [])
            let path = scene.directory + "/other.db"
            let connection = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 0)
            let carol = "INSERT INTO user VALUES ('c', 'Carol', 'carol@example.com', 1)"
            let rows = [carol, try Self.row(passkey, of: "c"), Self.account("sub-1", of: "c")]
            for statement in Self.base.prefix(3) + rows { try connection.execute(SQL(stringLiteral: statement)) }
            connection.close()
            let other = Scene(file: ImportFile(path: path), directory: scene.directory)
            let plan = try await other.importer(skipsBadRows: true).run(other.draft())
            #expect(
                plan.problems.map(\.description) == [
                    "table user, row 1 (id 'c'): its passkey 'Laptop' belongs to an account here.",
                    "table user, row 1 (id 'c'): its account with 'test' is linked to an account here.",
                ])
            #expect(plan.users.map(\.user.id.rawValue) == ["c"])
            try await scene.withServices { services in
                let done = try await signIn(passkey.counting(5), services)
                #expect(done.user.id.rawValue == "a")
            }
        }
    }

    // MARK: Linked accounts

    @Test func `accounts become links to the provider of the same name`() async throws {
        let rows = [
            Self.account("sub-1"), Self.account("sub-2", "Test", of: "b", issuer: "'https://id.test/'"),
            Self.account("sub-3", issuer: "'local:oauth:test'"),
        ]
        try await withScene(rows) { scene in
            let plan = try await scene.importer().run(scene.draft())
            #expect(plan.problems == [] && plan.notes == [])
            #expect(
                plan.summary
                    == "2 users (0 with a password, 2 without, 3 linked accounts), 0 tasks; skipped: 0 users, 0 tasks")
            try await scene.withServices { services in
                for (subject, user) in [("sub-1", "a"), ("sub-2", "b"), ("sub-3", "a")] {
                    let identity = ProviderIdentity(issuer: TestProvider.issuer, subject: subject)
                    #expect(try await services.accountStore.user(identity)?.id.rawValue == user)
                }
                let linked = try await services.accountStore.linkedAccounts(of: UserID(rawValue: "b"))
                #expect(linked.map(\.provider) == ["test"] && linked.first?.lastUsedAt == nil)
            }
        }
    }

    @Test func `rows that are left out are reported with their reasons`() async throws {
        let rows = [
            Self.account("1", "github"), Self.account("2", "github", of: "b"),
            Self.account("3", issuer: "'https://other.test'"),
        ]
        try await withScene(rows) { scene in
            let draft = try scene.draft()
            #expect(
                draft.notes == [
                    "not taken over: accounts with 'github' (2), as no sign-in provider with this name is set here.",
                    "not taken over: accounts with 'test' (1), whose issuer is 'https://other.test' there, and 'https://id.test' here.",
                ])
        }
        try await withScene([Self.account(""), Self.account("1"), Self.account("1", of: "b")]) { scene in
            let draft = try scene.draft()
            #expect(
                draft.problems.map(\.description) == [
                    "table account, row 1 (id 'x'): the accountId with 'test' is not 1 to 255 characters without control characters.",
                    "table account, row 3 (id 'x'): is the same account as table account, row 2.",
                ])
        }
    }

    @Test func `the providers are those of the settings`() throws {
        let settings = ["OIDC_TEST_ISSUER": "https://id.test", "OIDC_TEST_CLIENT_ID": "latchkey"]
        let providers = try Configuration.DataPlace(SettingSources(environment: settings)).providers()
        #expect(providers.map(\.name) == ["test"] && providers.map(\.issuer) == ["https://id.test"])
        #expect(throws: SettingProblems.self) {
            try Configuration.DataPlace(SettingSources(environment: ["OIDC_TEST_ISSUER": "x"])).providers()
        }
    }
}
