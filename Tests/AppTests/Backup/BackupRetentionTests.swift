import App
import Basics
import Testing

@Suite struct BackupRetentionTests {
    /// Thursday, 31 December 2026, 02:30 in UTC.
    private static let end = Timestamp(milliseconds: 1_798_684_200_000)

    private func kept(_ text: String, of times: [Timestamp]) throws -> [Timestamp] {
        try #require(BackupRetention(text)).kept(of: times).sorted(by: >)
    }

    private func days(_ count: Int64) -> [Timestamp] { (0..<count).map { Self.end.adding(seconds: -$0 * 86_400) } }

    private func dates(_ times: [Timestamp]) -> [String] { times.map { String($0.rfc3339.prefix(10)) } }

    @Test func `of two years of days, a week, four weeks and twelve months are kept`() throws {
        let kept = dates(try kept("7d,4w,12m", of: days(730).shuffled()))
        #expect(
            kept == [
                // Seven days, of which the first is the newest of its week, month and year, too.
                "2026-12-31", "2026-12-30", "2026-12-29", "2026-12-28", "2026-12-27", "2026-12-26", "2026-12-25",
                // The Sundays before; 27 December is one of the four.
                "2026-12-20", "2026-12-13",
                // The last days of the months before.
                "2026-11-30", "2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30", "2026-05-31",
                "2026-04-30", "2026-03-31", "2026-02-28", "2026-01-31",
            ])
    }

    @Test func `pruning day by day keeps the same as pruning at once`() throws {
        var present: [Timestamp] = []
        for time in days(800).reversed() { present = try kept("7d,4w,12m", of: present + [time]) }
        #expect(present == (try kept("7d,4w,12m", of: days(800))))
    }

    @Test func `of several in one period the newest is kept`() throws {
        let times = (0..<100).map { Self.end.adding(seconds: -$0 * 600) }
        #expect(try kept("2h", of: times) == [times[0], times[4]])
        #expect(try kept("1d", of: times) == [times[0]])
        #expect(try kept("2d", of: times) == [times[0], times[16]])
    }

    @Test func `periods without a backup do not count`() throws {
        let times = [0, 40, 41, 400, 800].map { Self.end.adding(seconds: -$0 * 86_400) }
        #expect(try kept("3d", of: times) == Array(times.prefix(3)))
        #expect(try kept("9m", of: times) == [times[0], times[1], times[3], times[4]])
        #expect(try kept("9y", of: times) == [times[0], times[3], times[4]])
    }

    @Test func `the newest is always kept, and all of them with all`() throws {
        #expect(try kept("1y", of: days(10)) == Array(days(10).prefix(1)))
        #expect(try kept("all", of: days(10)) == days(10))
        #expect(try kept("7d", of: []) == [])
    }

    @Test(arguments: ["", "7", "d", "0d", "7d,", "7d 4w", "-1d", "7x", "7D", "10001d", "99999999999999999999d", "none"])
    func `an ambiguous retention is refused`(text: String) {
        #expect(BackupRetention(text) == nil)
    }

    @Test func `blanks after commas are allowed`() {
        #expect(BackupRetention("7d, 4w , 12m") == BackupRetention("7d,4w,12m"))
    }
}
