import App
import Basics
import Logging
import Storage
import TestSupport
import Testing
import Web

@Suite struct ScheduledBackupsTests {
    private struct Setup {
        let clock: TestClock
        let folder: BackupFolder
        let health: BackupHealth
        let maker: BackupMaker
        let job: ScheduledBackups
    }

    private func withJob(_ schedule: String, keeping: String, _ work: (Setup) async throws -> Void) async throws {
        let schedule = try #require(BackupSchedule(schedule))
        let retention = try #require(BackupRetention(keeping))
        try await withTemporaryDirectory { directory in
            let database = try DatabaseURL.sqlite(path: directory + "/test.db").openForTest()
            defer { database.close() }
            let clock = TestClock()
            let folder = BackupFolder(directory + "/backups")
            let health = BackupHealth(folder, schedule, now: { clock.now })
            let maker = BackupMaker(
                of: .sqlite(path: directory + "/test.db"), in: folder, version: "1", reserve: 0, now: { clock.now })
            let job = ScheduledBackups(
                maker, in: folder, schedule, retention, health, now: { clock.now },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await work(Setup(clock: clock, folder: folder, health: health, maker: maker, job: job))
        }
    }

    @Test func `backups are made when they are due, and kept as configured`() async throws {
        try await withJob("every 6h", keeping: "2d") { setup in
            #expect(setup.health.status()?.state == BackupStatus.State.none)
            for _ in 0..<20 {
                #expect(await setup.job.makeIfDue())
                let first = try setup.folder.backups().first?.name.time
                #expect(first?.seconds == setup.clock.now.seconds)
                // Too early for the next.
                setup.clock.advance(seconds: 3600)
                #expect(await setup.job.makeIfDue())
                #expect(try setup.folder.backups().first?.name.time == first)
                #expect(setup.health.status()?.state == .ok && setup.health.status()?.age == 3600)
                setup.clock.advance(seconds: 5 * 3600)
            }
            #expect(try setup.folder.backups().count == 2)
            setup.clock.advance(seconds: 3601)
            #expect(setup.health.status()?.state == .late)
        }
    }

    @Test func `a backup with a date in the future prevents none`() async throws {
        try await withJob("every 6h", keeping: "all") { setup async throws in
            setup.clock.advance(seconds: 10 * 365 * 86_400)
            #expect(await setup.job.makeIfDue())
            setup.clock.advance(seconds: -10 * 365 * 86_400)
            #expect(setup.health.status()?.state == BackupStatus.State.none)
            for count in 2...4 {
                #expect(await setup.job.makeIfDue())
                #expect(try setup.folder.backups().count == count)
                #expect(setup.health.status()?.state == .ok && setup.health.status()?.age == 0)
                setup.clock.advance(seconds: 6 * 3600)
            }
            setup.clock.advance(seconds: 3601)
            #expect(setup.health.status()?.state == .late)
        }
    }

    @Test func `a failure is reported until a backup is made`() async throws {
        try await withJob("every 1h", keeping: "all") { setup in
            // A file where the directory would be.
            try FileSystem.write([], to: setup.folder.path)
            #expect(await setup.job.makeIfDue() == false)
            #expect(setup.health.status()?.state == .failed)
            #expect(setup.health.status()?.problem?.contains("The directory for backups") == true)
            try FileSystem.rename(setup.folder.path, to: setup.folder.path + ".file")
            #expect(setup.health.status()?.state == .failed)
            #expect(await setup.job.makeIfDue())
            #expect(setup.health.status()?.state == .ok && setup.health.status()?.problem == nil)
        }
    }

    @Test func `a backup stays good when older ones cannot be deleted`() async throws {
        try await withJob("every 1h", keeping: "1h") { setup in
            // A directory by the name of an old backup, which is not deleted as a file is.
            try FileSystem.makeDirectory(setup.folder.path + "/latchkey-20200101T000000Z.db")
            #expect(await setup.job.makeIfDue())
            #expect(setup.health.status()?.state == .ok && setup.health.status()?.problem == nil)
            #expect(throws: BackupFailure.self) { try setup.folder.prune(try #require(BackupRetention("1h"))) }
        }
    }

    @Test func `a backup made by hand ends the report of a failure`() async throws {
        try await withJob("every 1h", keeping: "all") { setup in
            #expect(await setup.job.makeIfDue())
            setup.clock.advance(seconds: 3600)
            try FileSystem.rename(setup.folder.path, to: setup.folder.path + ".away")
            try FileSystem.write([], to: setup.folder.path)
            #expect(await setup.job.makeIfDue() == false)
            try FileSystem.rename(setup.folder.path, to: setup.folder.path + ".file")
            try FileSystem.rename(setup.folder.path + ".away", to: setup.folder.path)
            // The one of before tells nothing of it.
            #expect(setup.health.status()?.state == .failed)
            setup.clock.advance(seconds: 60)
            _ = try await setup.maker.make()
            #expect(setup.health.status()?.state == .ok && setup.health.status()?.problem == nil)
        }
    }
}
