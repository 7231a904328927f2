import Basics
import Testing

@testable import Web

@Suite struct ServerTrendsTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    /// Samples a minute apart.
    private func samples(
        _ count: Int, _ change: (Int, inout ServerSample) -> Void = { _, _ in }
    ) -> [ServerSample] {
        (0..<count).map { minute in
            var sample = ServerSample(
                at: Self.start.adding(seconds: Int64(minute) * 60), requests: UInt64(minute) * 30, signIns: 0,
                failedSignIns: 0, databaseBytes: 1_000_000, backupAge: nil)
            change(minute, &sample)
            return sample
        }
    }

    private func chart(_ id: String, _ samples: [ServerSample]) throws -> TrendChart {
        try #require(ServerTrends(samples, in: .unknown).charts.first { $0.id == id })
    }

    @Test func `requests are a rate, and the current one is in words`() throws {
        let requests = try chart("requests", samples(11) { if $0 == 10 { $1.requests += 12 } })
        #expect(requests.lines.first?.values == [Double?](repeating: 30, count: 9) + [42])
        #expect(requests.current == "42 a minute" && requests.extent == "Highest: 42 a minute")
    }

    @Test func `a day has at most 48 steps, and none is lost`() throws {
        let requests = try chart("requests", samples(ServerHistory.capacity))
        #expect(requests.lines.first?.values == [Double?](repeating: 900, count: 48))
        #expect(requests.current == "30 a minute")
    }

    @Test func `sign-ins and failures have a line each`() throws {
        let signIns = try chart(
            "sign-ins",
            samples(4) { minute, sample in
                sample.signIns = UInt64(minute)
                sample.failedSignIns = minute > 1 ? 5 : 0
            })
        #expect(signIns.lines.map(\.values) == [[1, 1, 1], [0, 5, 0]])
        #expect(signIns.current == "3, and 5 failed")
        #expect(signIns.extent == "Highest in 1 minute: 1, and 5 failed")
    }

    @Test func `unknown values leave a gap`() throws {
        let size = try chart("size", samples(5) { if $0 == 2 { $1.databaseBytes = nil } })
        #expect(size.lines.first?.values == [1_000_000, nil, 1_000_000, 1_000_000])
        #expect(size.current == "1.0 MB" && size.hasFigures)
        let backup = try chart("backup", samples(5))
        #expect(backup.current == "There is none" && !backup.hasFigures)
        let made = try chart("backup", samples(5) { $1.backupAge = Int64($0) * 3600 })
        #expect(made.current == "4 hours" && made.extent == "Highest: 4 hours")
    }

    @Test func `within the first minute there is one step`() throws {
        var two = samples(2)
        two[1].at = Self.start.adding(seconds: 6)
        let requests = try chart("requests", two)
        #expect(requests.lines.first?.values == [30] && requests.current == "300 a minute")
        #expect(try chart("sign-ins", two).extent == "Highest in under a minute: 0, and 0 failed")
    }

    @Test(arguments: [0, 1]) func `at the start itself there are figures, and no charts`(count: Int) {
        let trends = ServerTrends(samples(count), in: .unknown)
        #expect(trends.since == nil)
        #expect(trends.charts.map(\.hasFigures) == [Bool](repeating: false, count: count == 0 ? 0 : 4))
    }

    @Test func `a clock that was set back breaks nothing`() {
        let all = samples(5) { if $0 == 4 { $1.at = Self.start.adding(seconds: -3600) } }
        #expect(ServerTrends(all, in: .unknown).charts.count == 4)
    }

    @Test func `a line stays within the picture, in steps and from zero`() {
        let (outline, area) = TrendChart.paths([0, 10, nil, 5], highest: 10)
        #expect(outline == "M0 46H60V2H120M180 24H240")
        #expect(area == "M0 46V46H60V2H120V46ZM180 46V24H240V46Z")
        #expect(TrendChart.paths([0, 0], highest: 0).outline == "M0 46H120V46H240")
        #expect(TrendChart.paths([], highest: 0).outline.isEmpty)
    }

    @Test func `the ring keeps a day`() {
        let history = ServerHistory()
        let all = samples(ServerHistory.capacity + 10)
        for sample in all { history.add(sample) }
        #expect(history.samples == Array(all.suffix(ServerHistory.capacity)))
        #expect(MemoryLayout<ServerSample>.stride * ServerHistory.capacity < 96 * 1024)
    }
}
