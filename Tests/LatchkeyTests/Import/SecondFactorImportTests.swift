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

/// Second factors of Better Auth's users.
@Suite struct SecondFactorImportTests {
    private static let theirSecret = "example-secret-example-secret-example-1"
    /// "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345" under that secret, by libsodium.
    private static let sealedKey =
        "000102030405060708090a0b0c0d0e0f101112131415161733defd52b0d46f5380858a931b6f4ae65e403305a027fe4928ffd5f5de3ecfc926cdafbd7b0de531be9ded99168685a5"
    /// `["aB3dE-fG5hI","Zz9Yy-8XxWw","odd"]` under that secret.
    private static let sealedCodes =
        "18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2fe03478a70a21a5d2bd3a0eb7e11cd6937016d22ff32d1144d9855a04ac5d41f5ebaf9501420b47d3bca32a79d5635acef6eb71"
    /// "correct horse battery", by Python's hashlib.scrypt.
    private static let scrypt =
        "00112233445566778899aabbccddeeff:267a33c2ae63f1c2d542f84d50b7d87c68900c8b9475f6a47ade71cf44b234822e0a34af1d226572b5caf52809319d4c486f3d209cc2fd022fb53bb4eaeb35b1"

    private static let base = [
        "CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT, email TEXT, twoFactorEnabled INTEGER)",
        "CREATE TABLE account (id TEXT, providerId TEXT, userId TEXT, password TEXT)",
        """
        CREATE TABLE twoFactor (id TEXT, secret TEXT, backupCodes TEXT, userId TEXT, verified INTEGER,
            failedVerificationCount INTEGER)
        """,
        "INSERT INTO user VALUES ('a', 'Alice', 'alice@example.com', 1)",
        "INSERT INTO account VALUES ('x', 'credential', 'a', '\(scrypt)')",
    ]

    private static func factor(
        of user: String = "a", _ key: String = sealedKey, codes: String = sealedCodes, verified: String = "1"
    ) -> String {
        "INSERT INTO twoFactor VALUES ('t', '\(key)', '\(codes)', '\(user)', \(verified), 0)"
    }

    private struct Scene {
        let file: ImportFile
        let directory: String

        func importer(skipsBadRows: Bool = false) throws -> Importer {
            let sources = SettingSources(flags: ["LATCHKEY_DATA": directory + "/data"])
            return Importer(
                place: try Configuration.DataPlace(sources), skipsBadRows: skipsBadRows, secrets: { .test })
        }

        func draft(
            _ secrets: [String] = [SecondFactorImportTests.theirSecret], drops: Bool = false
        ) throws -> ImportDraft {
            let secrets = try BetterAuthSecrets(secrets.map { Array($0.utf8) })
            return try BetterAuthImport(now: .now(), secrets: secrets, dropsSecondFactors: drops).draft(of: file)
        }

        /// Runs `work` with the services on what was imported.
        func withServices(_ clock: TestClock, _ work: (Services) async throws -> Void) async throws {
            let database = try SQLiteDatabase(path: directory + "/data/latchkey.db")
            defer { database.close() }
            let services = try Services.test(on: database, clock: clock)
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

    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    private func challenge(_ services: Services) async throws -> String {
        do {
            _ = try await services.auth.signIn(
                email: "alice@example.com", password: "correct horse battery", from: client)
        } catch AppError.secondFactorRequired(let pending) {
            return pending.challenge
        }
        Issue.record("The password alone has signed in.")
        return ""
    }

    private func signIn(_ services: Services, _ code: String) async throws -> SignIn {
        try await services.auth.signIn(answering: challenge(services), with: code, from: client)
    }

    @Test func `users sign in with the app and the codes that they had, once each`() async throws {
        try await withScene([Self.factor()]) { scene in
            let plan = try await scene.importer().run(scene.draft())
            #expect(plan.problems == [])
            #expect(
                plan.summary
                    == "1 user (1 with a password, 0 without, 1 with a second factor), 0 tasks; skipped: 0 users, 0 tasks"
            )
            #expect(
                plan.notes == [
                    "not taken over: backup codes that are not ten letters and digits (1).",
                    "table twoFactor: not taken over: 'failedVerificationCount'.",
                ])
            let clock = TestClock(at: .now())
            try await scene.withServices(clock) { services in
                func code() throws -> String {
                    try OneTimePassword.code(
                        of: OneTimePassword.step(at: clock.now.seconds),
                        secret: Array("aBcDeFgHiJkLmNoPqRsTuVwXyZ012345".utf8))
                }
                clock.advance(seconds: 30)
                let right = try code()
                #expect(try await signIn(services, right).user.hasSecondFactor)
                await #expect(throws: AppError.wrongSecondFactor) { try await signIn(services, right) }
                // The case counts, and hyphens do not.
                await #expect(throws: AppError.wrongSecondFactor) { try await signIn(services, "AB3DE-FG5HI") }
                _ = try await signIn(services, "aB3dE fG5hI")
                await #expect(throws: AppError.wrongSecondFactor) { try await signIn(services, "aB3dE-fG5hI") }
                _ = try await signIn(services, "Zz9Yy-8XxWw")
            }
            let files = FileManager.default
            for name in try files.contentsOfDirectory(atPath: scene.directory + "/data") {
                let data = try #require(files.contents(atPath: scene.directory + "/data/" + name))
                #expect(data.firstRange(of: Data("aBcDeFgHiJkL".utf8)) == nil)
                #expect(data.firstRange(of: Data("aB3dE".utf8)) == nil)
            }
        }
    }

    @Test func `a numbered secret may be any of those that are known`() async throws {
        try await withScene([Self.factor("$ba$7$" + Self.sealedKey)]) { scene in
            let draft = try scene.draft(["another", Self.theirSecret])
            #expect(draft.problems == [])
            #expect(draft.users.first?.value.secondFactor?.recoveryCodes == ["aB3dE-fG5hI", "Zz9Yy-8XxWw"])
        }
    }

    @Test func `a second factor that cannot be decrypted stops the import`() async throws {
        let bob = "INSERT INTO user VALUES ('b', 'Bob', 'bob@example.com', 0)"
        try await withScene([Self.factor(), bob]) { scene in
            let draft = try scene.draft(["another"])
            let reason =
                "none of the secrets that are known here opens the second factor; --secret-file names a file with those of that installation. --drop-second-factors takes such users over with the password alone."
            #expect(draft.problems.map(\.reason) == [reason])
            #expect(try scene.importer().mayWrite(ImportPlan(draft, against: nil)) == false)
            let skipping = try await scene.importer(skipsBadRows: true).run(draft)
            #expect(skipping.users.map(\.user.id.rawValue) == ["b"])
        }
        try await withScene([Self.factor()]) { scene in
            let dropping = try await scene.importer().run(scene.draft(["another"], drops: true))
            #expect(
                dropping.notes.contains(
                    "not taken over: second factors (1). Here the password of these users is enough."))
            try await scene.withServices(TestClock(at: .now())) { services in
                let done = try await services.auth.signIn(
                    email: "alice@example.com", password: "correct horse battery", from: client)
                #expect(!done.user.hasSecondFactor)
            }
        }
    }

    @Test func `mailed codes, and a table that is missing, are named`() async throws {
        try await withScene([]) { scene in
            let reason = try #require(try scene.draft().problems.first?.reason)
            #expect(reason.hasPrefix("the second factor is a mailed code, which does not count as one here."))
        }
        // An app that was never confirmed is not asked for there.
        try await withScene([Self.factor(verified: "0")]) { scene in
            let draft = try scene.draft()
            #expect(draft.problems.count == 1)
        }
        try await withScene([Self.factor(verified: "NULL")]) { scene in
            let draft = try scene.draft()
            #expect(draft.problems == [])
        }
        try await withScene(["DROP TABLE twoFactor"]) { scene in
            let reason = try #require(try scene.draft().problems.first?.reason)
            #expect(reason.hasPrefix("there is a second factor, and no table twoFactor that holds it."))
        }
    }

    @Test func `a second factor that was off there stays off here`() async throws {
        try await withScene([Self.factor(), "UPDATE user SET twoFactorEnabled = 0"]) { scene in
            let draft = try scene.draft()
            #expect(draft.problems == [] && draft.users.first?.value.secondFactor == nil)
        }
        // Where the users' table does not say it, the other does.
        try await withScene([Self.factor(), "ALTER TABLE user DROP COLUMN twoFactorEnabled"]) { scene in
            let draft = try scene.draft()
            #expect(draft.users.first?.value.secondFactor != nil)
        }
    }

    @Test(arguments: [("custom:xyz", 1), ("", 1), ("[]", 0), (#"["aB3dE-fG5hI"]"#, 0)])
    func `codes that are stored in another way cost no user the app`(codes: String, unreadable: Int) async throws {
        try await withScene([Self.factor(codes: codes)]) { scene in
            let draft = try scene.draft()
            #expect(draft.problems == [])
            let factor = try #require(draft.users.first?.value.secondFactor)
            #expect(factor.recoveryCodes == (codes.contains("aB3dE") ? ["aB3dE-fG5hI"] : []))
            #expect(draft.notes.count { $0.contains("backup codes of users (1)") } == unreadable)
        }
    }

    @Test func `a file holds one secret on each line, numbered or not`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secrets"
            try Data("  first \r\n\n2:second:x\n".utf8).write(to: URL(fileURLWithPath: path))
            let secrets = try BetterAuthSecrets.secrets(inFile: path).map { String(decoding: $0, as: UTF8.self) }
            #expect(secrets == ["first", "2:second:x", "second:x"])
            try Data("\n \n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: ImportFailure("\(path) holds no secret.")) { try BetterAuthSecrets.secrets(inFile: path) }
            #expect(throws: ImportFailure("\(path)x cannot be read.")) {
                try BetterAuthSecrets.secrets(inFile: path + "x")
            }
        }
    }
}
