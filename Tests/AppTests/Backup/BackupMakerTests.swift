import App
import Basics
import Crypto
import Domain
import Storage
import Synchronization
import TestSupport
import Testing
import Workers

@Suite struct BackupMakerTests {
    private func withFolder(
        _ work: (_ services: Services, _ maker: BackupMaker, _ folder: BackupFolder) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try await TestDatabase.withURL { url in
                let database = try url.openForTest()
                defer { database.close() }
                let services = try Services.test(on: database)
                defer { services.hasher.shutDown() }
                try await services.secretGuard.claim(takesOver: true)
                let folder = BackupFolder(directory + "/backups")
                try await work(
                    services, BackupMaker(of: url, in: folder, version: "1.2.3", reserve: 0), folder)
            }
        }
    }

    @Test func `a backup has everything, and a description of it`() async throws {
        try await withFolder { services, maker, folder in
            _ = try await services.keys.rotate(to: .edDSA, isUrgent: true, by: .server)
            let (backup, manifest) = try await maker.make()
            #expect(try folder.backups().map(\.file) == [backup.file])
            #expect(backup.manifest == manifest)
            #expect(manifest.version == "1.2.3" && manifest.schema == Migrations.latestVersion)
            #expect(manifest.counts["signing_keys"] == 1 && manifest.counts["users"] == 0)
            #expect(try manifest.bytes == backup.bytes)
            let findings = try await BackupCheck(.test).run(on: backup.file)
            #expect(findings.secret == .known && findings.openedKeys == 1 && findings.manifest == manifest)
            // Nothing else is left behind, and reading it has left nothing.
            let names = try FileSystem.names(in: folder.path).filter { $0 != ".lock" }
            #expect(names.sorted() == [backup.name.text, backup.name.manifest])
        }
    }

    @Test func `a different secret is detected`() async throws {
        try await withFolder { services, maker, _ in
            _ = try await services.keys.rotate(to: .edDSA, isUrgent: true, by: .server)
            let file = try await maker.make().backup.file
            let other = Secrets(current: Array("another-secret-of-more-than-32-bytes".utf8))
            let findings = try await BackupCheck(other).run(on: file)
            #expect(findings.secret == .foreign && findings.openedKeys == 0)
            let unasked = try await BackupCheck(nil).run(on: file)
            #expect(unasked.secret == .unknown)
        }
    }

    @Test func `files of killed backups are removed, and nothing else`() async throws {
        try await withFolder { _, maker, folder in
            try FileSystem.makeDirectory(folder.path)
            let leftovers = [".latchkey-20260101T000000Z.db.partial", "latchkey-20260101T000000Z.json"]
            let others = ["notes.json", "latchkey-of-old.db", "latchkey-20260102T000000Z.db"]
            for name in leftovers + others { try FileSystem.write([1], to: "\(folder.path)/\(name)") }
            let backup = try await maker.make().backup
            let names = try FileSystem.names(in: folder.path).filter { $0 != ".lock" }
            #expect(Set(names) == Set(others + [backup.name.text, backup.name.manifest]))
        }
    }

    @Test func `a cancelled backup leaves nothing`() async throws {
        try await withFolder { _, maker, folder in
            let cancellation = Cancellation()
            cancellation.request()
            await #expect(throws: CancellationError.self) { try await maker.make(cancellation: cancellation) }
            let names = try FileSystem.names(in: folder.path)
            #expect(names == [".lock"])
        }
    }

    @Test func `a backup can be cancelled while it copies`() async throws {
        try await withFolder { _, maker, folder in
            let cancellation = Cancellation()
            let steps = Mutex<Set<String>>([])
            await #expect(throws: CancellationError.self) {
                try await maker.make(cancellation: cancellation) { step in
                    steps.withLock { _ = $0.insert(step.name) }
                    cancellation.request()
                }
            }
            #expect(steps.withLock { $0 } == ["copying"])
            let names = try FileSystem.names(in: folder.path)
            #expect(names == [".lock"])
        }
    }

    @Test func `pruning leaves the newest complete backup and files of others`() async throws {
        try await withFolder { _, maker, folder in
            let backup = try await maker.make().backup
            // Newer, but without a description.
            let newer = ["latchkey-29990101T000000Z.db", "latchkey-29990101T000001Z.db"]
            let old = ["latchkey-20010101T000000Z.db", "latchkey-20010101T000000Z.json"]
            for name in newer + old + ["latchkey.db"] { try FileSystem.write([1], to: "\(folder.path)/\(name)") }
            let retention = try #require(BackupRetention("1d"))
            let would = try folder.prune(retention, isTrial: true).map(\.name.text)
            #expect(try FileSystem.names(in: folder.path).count == 8)
            #expect(try folder.prune(retention).map(\.name.text) == would)
            #expect(would == [newer[0], old[0]])
            let names = try FileSystem.names(in: folder.path).filter { $0 != ".lock" }
            #expect(Set(names) == [newer[1], backup.name.text, backup.name.manifest, "latchkey.db"])
        }
    }
}
