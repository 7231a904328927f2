import Auth
import Basics
import Domain
import Storage
import TestSupport
import Testing

/// Both stores keep the same promises.
@Suite struct ThrottleStoreTests {
    private let limit: ThrottleLimit

    init() throws { limit = try #require(ThrottleLimit(attempts: 3, seconds: 30)) }

    private func withStores(_ work: (any ThrottleStore, TestClock) async throws -> Void) async throws {
        let clock = TestClock()
        try await work(InMemoryThrottleStore(now: clock.clocks.monotonicMilliseconds), clock)
        try await TestDatabase.with { database in
            let clock = TestClock()
            try await work(SQLThrottleStore(database, now: clock.clocks.now), clock)
        }
    }

    private func isGranted(_ outcome: ThrottleOutcome) -> Bool { if case .granted = outcome { true } else { false } }

    @Test func `grants what there is room for, and says how long to wait for more`() async throws {
        try await withStores { store, clock in
            for _ in 0..<3 { #expect(isGranted(try await store.take("a", limit))) }
            clock.advance(seconds: 10)
            guard case .refused(let wait) = try await store.take("a", limit) else { return #expect(Bool(false)) }
            #expect(wait == 20_000)
            #expect(isGranted(try await store.take("b", limit)))
            clock.advance(seconds: 19)
            #expect(!isGranted(try await store.take("a", limit)))
            clock.advance(seconds: 1)
            #expect(isGranted(try await store.take("a", limit)))
            #expect(!isGranted(try await store.take("a", limit)))
        }
    }

    @Test func `agrees with the rule to the millisecond`() async throws {
        try await withStores { store, clock in
            var random = SplitMix(state: 7)
            var state: Int64 = 0
            for _ in 0..<200 {
                let expected = limit.taken(from: state, at: clock.now.milliseconds)
                let outcome = try await store.take("a", limit)
                #expect(isGranted(outcome) == (expected != nil))
                if case .refused(let wait) = outcome {
                    #expect(wait == limit.wait(until: state, at: clock.now.milliseconds))
                }
                if case .granted(let cost) = outcome, let expected {
                    #expect(cost == limit.cost(of: expected, at: clock.now.milliseconds))
                    state = expected
                    if random.next() % 3 == 0 {
                        try await store.giveBack("a", cost)
                        state -= cost
                    }
                }
                clock.advance(seconds: Int64(random.next() % 15))
            }
        }
    }

    @Test func `of a hundred at once, as many get through as there is room for`() async throws {
        try await withStores { store, _ in
            let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 { group.addTask { isGranted(try await store.take("a", limit)) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(granted == 3)
        }
    }

    @Test func `forgets expired entries and nothing else`() async throws {
        try await withStores { store, clock in
            _ = try await store.take("a", limit)
            clock.advance(seconds: 9)
            _ = try await store.take("b", limit)
            #expect(try await store.tidy() == 0)
            clock.advance(seconds: 2)
            #expect(try await store.tidy() == 1)
            #expect(try await store.tidy() == 0)
        }
    }

    @Test func `memory stays bounded, and throttled keys stay throttled`() {
        let clock = TestClock()
        let store = InMemoryThrottleStore(capacity: 100, now: clock.clocks.monotonicMilliseconds)
        for _ in 0..<3 { _ = store.take("attacker", limit) }
        for number in 0..<10_000 {
            #expect(isGranted(store.take("\(number)", limit)))
            #expect(store.count <= 100)
        }
        #expect(!isGranted(store.take("attacker", limit)))
    }

    @Test func `released attempts take no memory`() {
        let store = InMemoryThrottleStore(now: Clocks.system.monotonicMilliseconds)
        for number in 0..<1000 {
            guard case .granted(let cost) = store.take("\(number)", limit) else { return #expect(Bool(false)) }
            store.giveBack("\(number)", cost)
        }
        #expect(store.count == 0)
    }
}
