import App
import Auth
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@Suite struct RestoreTests {
    private static let other = Secrets(current: Array("another-secret-of-more-than-32-bytes".utf8))

    /// Makes a backup of a database with a signing key, in a directory of its own.
    private func withBackup(_ work: (_ file: String, _ directory: String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await TestDatabase.withURL { url in
                let database = try url.openForTest()
                defer { database.close() }
                let services = try Services.test(on: database)
                defer { services.hasher.shutDown() }
                try await services.secretGuard.claim(takesOver: true)
                _ = try await services.keys.rotate(to: .edDSA, isUrgent: true, by: .server)
                let maker = BackupMaker(
                    of: url, in: BackupFolder(directory + "/backups"), version: "1", reserve: 0)
                try await work(try await maker.make().backup.file, directory)
            }
        }
    }

    @Test func `a restored database is complete in one file, and records that it was restored`() async throws {
        try await withBackup { file, directory in
            let findings = try await BackupCheck(.test).run(on: file)
            let place = try DatabasePlace(directory + "/new.db")
            let outcome = try await Restore(file, findings, .test).run(into: place, keepsTokens: false, by: .server)
            #expect(outcome.kept == nil && outcome.schema.before == outcome.schema.after)
            let names = try FileSystem.names(in: directory)
            #expect(Set(names) == ["backups", "new.db", "new.db-lock"])
            let restored = try await BackupCheck(.test).run(on: directory + "/new.db")
            #expect(restored.secret == .known && restored.openedKeys == 1)
            let events = findings.inspection.counts["audit_events"] ?? 0
            #expect(restored.inspection.counts["audit_events"] == events + 1)
        }
    }

    @Test func `a waiting new password is cancelled, and its codes stay used`() async throws {
        let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")
        try await withTemporaryDirectory { directory in
            try await TestDatabase.withURL { url in
                let database = try url.openForTest()
                defer { database.close() }
                let services = try Services.test(on: database)
                defer { services.hasher.shutDown() }
                try await services.secretGuard.claim(takesOver: true)
                let outcome = try await services.auth.signUp(
                    .init(email: "alice@example.com", password: "kept-by-lice", username: nil), from: client)
                let signIn = try #require(outcome.signIn)
                let codes = try await services.recoveryCodes.make(
                    for: signIn.user, in: signIn.session, proving: nil, from: client)
                try await services.recoveryCodeResets.reset(
                    .init(
                        email: "alice@example.com", firstCode: codes[0], secondCode: codes[1], appCode: "",
                        password: "another-one-9-9"), from: client)
                let file = try await BackupMaker(
                    of: url, in: BackupFolder(directory + "/backups"), version: "1", reserve: 0
                ).make().backup.file
                let findings = try await BackupCheck(.test).run(on: file)
                // The place is locked as long as it is held.
                _ = try await Restore(file, findings, .test).run(
                    into: DatabasePlace(directory + "/new.db"), keepsTokens: false, by: .server)
                let restored = try DatabaseURL.sqlite(path: directory + "/new.db").openForTest()
                defer { restored.close() }
                let store = SQLAccountStore(restored)
                #expect(try await store.user(signIn.user.id)?.resetReadyAt == nil)
                #expect(try await store.recoveryCodesLeft(of: signIn.user.id) == 8)
            }
        }
    }

    @Test func `a secret other than the backup's is accepted only if that one is lost`() async throws {
        try await withBackup { file, directory in
            let findings = try await BackupCheck(Self.other).run(on: file)
            #expect(throws: BackupFailure.self) { try Restore(file, findings, Self.other) }
            let restore = try Restore(file, findings, Self.other, acceptsNewSecret: true)
            let place = try DatabasePlace(directory + "/new.db")
            let outcome = try await restore.run(into: place, keepsTokens: false, by: .server)
            #expect(outcome.kept == nil)
        }
    }
}
