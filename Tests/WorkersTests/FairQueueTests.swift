import TestSupport
import Testing
import Workers

@Suite struct FairQueueTests {
    private func share(_ site: String, _ network: String? = nil, isFavoured: Bool = false) -> FairShare {
        FairShare(site: site, network: network ?? site, isFavoured: isFavoured)
    }

    @Test func `one client alone has all places, first in, first out`() {
        var queue = FairQueue<Int>(capacity: 8)
        for number in 0..<8 { #expect(queue.push(number, for: share("a")).isAccepted) }
        #expect(queue.push(8, for: share("a")).isFull)
        #expect(queue.removeAll() == Array(0..<8))
    }

    @Test func `clients take turns, however much each has waiting`() {
        var queue = FairQueue<String>(capacity: 100)
        for number in 0..<10 { _ = queue.push("a\(number)", for: share("a")) }
        for number in 0..<2 { _ = queue.push("b\(number)", for: share("b")) }
        _ = queue.push("c0", for: share("c"))
        #expect((0..<6).compactMap { _ in queue.pop() } == ["a0", "b0", "c0", "a1", "b1", "a2"])
    }

    @Test func `the networks of one site share its turns`() {
        var queue = FairQueue<String>(capacity: 100)
        for network in 0..<5 { for _ in 0..<3 { _ = queue.push("s", for: share("s", "s\(network)")) } }
        for _ in 0..<3 { _ = queue.push("x", for: share("x")) }
        #expect((0..<6).compactMap { _ in queue.pop() } == ["s", "x", "s", "x", "s", "x"])
    }

    @Test func `work that costs two turns has every second`() {
        var queue = FairQueue<String>(capacity: 100)
        for _ in 0..<4 { _ = queue.push("dear", for: share("a"), cost: 2) }
        for _ in 0..<4 { _ = queue.push("plain", for: share("b")) }
        #expect((0..<6).compactMap { _ in queue.pop() } == ["plain", "dear", "plain", "plain", "dear", "plain"])
        #expect(queue.removeAll() == ["dear", "dear"])
    }

    @Test func `a full queue takes the newest of the client with the most`() {
        var queue = FairQueue<String>(capacity: 8)
        for number in 0..<5 { _ = queue.push("a\(number)", for: share("a")) }
        for number in 0..<3 { _ = queue.push("b\(number)", for: share("b")) }
        #expect(queue.push("c0", for: share("c")).displaced == "a4")
        #expect(queue.push("c1", for: share("c")).displaced == "a3")
        // Now each client has as much as c would have.
        #expect(queue.push("c2", for: share("c")).isFull)
        #expect(queue.count == 8)
    }

    @Test func `a full queue takes, within a site, the newest of the network with the most`() {
        var queue = FairQueue<String>(capacity: 6)
        for number in 0..<5 { _ = queue.push("p\(number)", for: share("s", "p")) }
        _ = queue.push("q0", for: share("s", "q"))
        #expect(queue.push("q1", for: share("s", "q")).displaced == "p4")
        #expect(queue.push("q2", for: share("s", "q")).displaced == "p3")
        #expect(queue.push("q3", for: share("s", "q")).isFull)
    }

    @Test func `a quarter is kept for favoured clients, and three quarters for the others`() {
        var queue = FairQueue<String>(capacity: 8)
        for number in 0..<8 { _ = queue.push("unknown", for: share("\(number)")) }
        for number in 0..<2 {
            #expect(queue.push("known", for: share("k\(number)", isFavoured: true)).displaced == "unknown")
        }
        #expect(queue.push("known", for: share("k2", isFavoured: true)).isFull)

        var other = FairQueue<String>(capacity: 8)
        for number in 0..<8 { _ = other.push("known", for: share("\(number)", isFavoured: true)) }
        for number in 0..<6 { #expect(other.push("unknown", for: share("s\(number)")).displaced == "known") }
        #expect(other.push("unknown", for: share("s6")).isFull)
        #expect(
            other.removeAll() == [
                "known", "unknown", "known", "unknown", "unknown", "unknown", "unknown", "unknown",
            ])
    }

    @Test func `nothing is lost, and a client with one waiting is served within a round`() {
        var random = SplitMix(state: 11)
        for _ in 0..<200 {
            let capacity = 1 + random.below(20)
            var queue = FairQueue<Int>(capacity: capacity)
            var inside: Set<Int> = []
            for number in 0..<400 {
                if random.below(3) == 0, let element = queue.pop() {
                    #expect(inside.remove(element) != nil)
                    continue
                }
                let site = "\(random.below(6))"
                let share = share(site, "\(site)/\(random.below(3))", isFavoured: random.below(4) == 0)
                switch queue.push(number, for: share, cost: 1 + random.below(2)) {
                case .accepted: inside.insert(number)
                case .displaced(let other):
                    #expect(inside.remove(other) != nil)
                    inside.insert(number)
                case .full: #expect(inside.count == capacity)
                }
                #expect(queue.count == inside.count && inside.count <= capacity)
            }
            #expect(Set(queue.removeAll()) == inside)
        }
    }
}

extension FairQueue.PushResult {
    fileprivate var isAccepted: Bool { if case .accepted = self { true } else { false } }
    fileprivate var isFull: Bool { if case .full = self { true } else { false } }
    fileprivate var displaced: Element? { if case .displaced(let element) = self { element } else { nil } }
}
