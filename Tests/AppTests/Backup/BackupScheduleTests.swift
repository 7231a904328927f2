import App
import Basics
import Testing

@Suite struct BackupScheduleTests {
    /// 26 November 2026, 15:16 in UTC.
    private let now = Timestamp(milliseconds: 1_795_706_160_000)

    private func due(_ text: String, after seconds: Int64?) throws -> Int64 {
        let schedule = try #require(BackupSchedule(text))
        let last = seconds.map { now.adding(seconds: -$0) }
        return (schedule.due(after: last, now: now).milliseconds - now.milliseconds) / 1000
    }

    @Test func `each day at a time`() throws {
        // The last one was today at 02:30, so the next is tomorrow's.
        #expect(try due("02:30", after: 12 * 3600 + 46 * 60) == 11 * 3600 + 14 * 60)
        #expect(try due("15:17", after: 60) == 60)
        #expect(try due("15:16", after: 0) == 86_400)
        #expect(try due("00:00", after: 0) == 8 * 3600 + 44 * 60)
    }

    @Test func `a backup that was missed is made late`() throws {
        #expect(try due("02:30", after: 2 * 86_400) < -86_400)
        #expect(try due("02:30", after: 12 * 3600 + 47 * 60) == -(12 * 3600 + 46 * 60))
        #expect(try due("every 6h", after: 7 * 3600) == -3600)
    }

    @Test func `some time after the last one`() throws {
        #expect(try due("every 6h", after: 3600) == 5 * 3600)
        #expect(try due("every 10m", after: 0) == 600)
        #expect(try due("every 1d", after: 0) == 86_400)
    }

    @Test func `the first one is due at once`() throws {
        #expect(try due("02:30", after: nil) == 0)
        #expect(try due("every 6h", after: nil) == 0)
    }

    @Test func `a clock that was set back prevents no backup`() throws {
        #expect(try due("every 6h", after: -30 * 86_400) == 6 * 3600)
        #expect(try due("02:30", after: -30 * 86_400) == 11 * 3600 + 14 * 60)
    }

    @Test(arguments: [
        "", "2:30", "24:00", "12:60", "02:30:00", "every", "every 6", "every h", "every 0h", "every 6s", "every 32d",
        "every 6h 5m", "6h", "daily", "02.30", "every -1h", "every 9223372036854775807m",
    ])
    func `other texts are refused`(text: String) {
        #expect(BackupSchedule(text) == nil)
    }
}
