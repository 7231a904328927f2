import Domain
import Testing

@Suite struct ThrottlingTests {
    private let limit: ThrottleLimit

    init() throws { limit = try #require(ThrottleLimit(attempts: 5, seconds: 50)) }

    /// How many of the attempts at these times, in seconds, there is room for.
    private func granted(_ times: [Int64], from busyUntil: inout Int64) -> [Bool] {
        times.map { time in
            guard let next = limit.taken(from: busyUntil, at: time * 1000) else { return false }
            busyUntil = next
            return true
        }
    }

    @Test func `allows a burst up to the limit, and then nothing for the whole interval`() {
        var state: Int64 = 0
        let early = granted([1000, 1000, 1001, 1002, 1003, 1003, 1004, 1040, 1049], from: &state)
        #expect(early == [true, true, true, true, true, false, false, false, false])
        #expect(granted([1050], from: &state) == [true])
        #expect(granted([1051, 1099], from: &state) == [false, false])
    }

    @Test func `permits come back evenly`() {
        var state: Int64 = 0
        #expect(granted([1000, 1000, 1000, 1010, 1020, 1030, 1040, 1050], from: &state).allSatisfy { $0 })
        #expect(granted([1200, 1200, 1200, 1200, 1200, 1200], from: &state) == [true, true, true, true, true, false])
    }

    @Test func `says when to retry, and permits an attempt then and not before`() {
        var state: Int64 = 0
        _ = granted([1000, 1000, 1000, 1000, 1000], from: &state)
        let wait = limit.wait(until: state, at: 1_010_000)
        #expect(limit.taken(from: state, at: 1_010_000 + wait - 1) == nil)
        #expect(limit.taken(from: state, at: 1_010_000 + wait) != nil)
    }

    @Test func `a released attempt does not count`() throws {
        var state: Int64 = 0
        for _ in 0..<100 {
            let next = try #require(limit.taken(from: state, at: 7_000_000))
            state = next - limit.cost(of: next, at: 7_000_000)
            #expect(state <= 7_000_000)
        }
    }

    @Test func `a clock that was set back locks no one out`() {
        var state: Int64 = 0
        _ = granted([1_000_000, 1_000_000], from: &state)
        #expect(granted([1000], from: &state) == [true])
    }

    @Test func `keeps to numbers that cannot overflow`() {
        for (attempts, seconds) in [(0, 1), (-1, 1), (1, 0), (1, .max), (.max, 1)] {
            #expect(ThrottleLimit(attempts: attempts, seconds: seconds) == nil)
        }
        #expect(ThrottleLimit(attempts: 1_000_000, seconds: 1)?.interval == 1)
    }
}
