import Synchronization
import TestSupport
import Testing

@testable import Domain

@Suite struct AccountAllowanceTests {
    private let alice = UserID(rawValue: "alice")
    private let bob = UserID(rawValue: "bob")

    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    @Test func `a burst goes through, then the rate, and each account has its own`() throws {
        let clock = Clock()
        let allowance = AccountAllowance(
            AllowanceRules(quota: nil, rate: 1000, burst: 16_000), now: { clock.now })
        for _ in 0..<16 { try allowance.take(bytes: 1000, for: alice) }
        #expect(throws: AppError.writesTooFast(retryAfterSeconds: 2)) { try allowance.take(bytes: 1000, for: alice) }
        try allowance.take(bytes: 16_000, for: bob)
        clock.advance(.seconds(1))
        try allowance.take(bytes: 1000, for: alice)
        #expect(throws: AppError.self) { try allowance.take(bytes: 1, for: alice) }
        // After the wait that was named, it goes through.
        let error = #expect(throws: AppError.self) { try allowance.take(bytes: 5000, for: alice) }
        guard case .writesTooFast(let seconds)? = error else { return #expect(Bool(false)) }
        clock.advance(.seconds(seconds))
        try allowance.take(bytes: 5000, for: alice)
    }

    @Test func `a write larger than the burst is admitted after a quiet time`() throws {
        let clock = Clock()
        let allowance = AccountAllowance(AllowanceRules(quota: nil, rate: 10, burst: 100), now: { clock.now })
        try allowance.take(bytes: 1000, for: alice)
        #expect(throws: AppError.self) { try allowance.take(bytes: 1, for: alice) }
        clock.advance(.seconds(100))
        try allowance.take(bytes: 1000, for: alice)
    }

    @Test func `concurrent writes get no more than the quota`() async throws {
        var random = SplitMix(state: 13)
        for _ in 0..<20 {
            let quota = Int64.random(in: 1...100_000, using: &random)
            let used = Int64.random(in: 0...quota, using: &random)
            let sizes = (0..<200).map { _ in Int64.random(in: 1...2000, using: &random) }
            let allowance = AccountAllowance(AllowanceRules(quota: quota, rate: nil, burst: 0))
            let granted = try await withThrowingTaskGroup(of: Int64.self) { group in
                for size in sizes {
                    group.addTask { try await allowance.reserve(size, for: self.alice) { used } ? size : 0 }
                }
                return try await group.reduce(0, +)
            }
            #expect(used + granted <= quota)
            #expect(allowance.takeUnsaved()[alice] ?? 0 == granted)
            #expect(allowance.takeUnsaved().isEmpty)
        }
    }
}
