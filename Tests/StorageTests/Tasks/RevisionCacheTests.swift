import Domain
import TestSupport
import Testing

@testable import Storage

@Suite struct RevisionCacheTests {
    private let alice = UserID(rawValue: "alice")
    private func revision(_ sequence: Int64) -> Revision { Revision(epoch: "e", sequence: sequence) }

    @Test func `knows a revision for a tenth of a second`() {
        let clock = TestClock()
        let cache = RevisionCache(now: clock.clocks.monotonicMilliseconds)
        #expect(cache.revision(of: alice) == nil)
        cache.insert(revision(1), of: alice, cache.ticket(for: alice))
        #expect(cache.revision(of: alice) == revision(1))
        #expect(cache.revision(of: UserID(rawValue: "bob")) == nil)
        clock.advance(milliseconds: 99)
        #expect(cache.revision(of: alice) == revision(1))
        clock.advance(milliseconds: 1)
        #expect(cache.revision(of: alice) == nil)
    }

    @Test func `does not cache a revision that was read before a write`() {
        let cache = RevisionCache(now: { 0 })
        let ticket = cache.ticket(for: alice)
        cache.forget(alice)
        cache.insert(revision(1), of: alice, ticket)
        #expect(cache.revision(of: alice) == nil)
        cache.insert(revision(2), of: alice, cache.ticket(for: alice))
        #expect(cache.revision(of: alice) == revision(2))
        cache.forget(alice)
        #expect(cache.revision(of: alice) == nil)
    }

    @Test func `accounts in one place never get each other's revision`() {
        let cache = RevisionCache(now: { 0 })
        for number in 0..<5000 {
            let owner = UserID(rawValue: "u\(number)")
            cache.insert(revision(Int64(number)), of: owner, cache.ticket(for: owner))
            #expect(cache.revision(of: owner) == revision(Int64(number)))
        }
        for number in 0..<5000 {
            let found = cache.revision(of: UserID(rawValue: "u\(number)"))
            #expect(found == nil || found == revision(Int64(number)))
        }
    }
}
