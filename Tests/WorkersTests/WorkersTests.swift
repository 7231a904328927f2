import Synchronization
import Testing
import Workers

@Suite struct BlockingQueueTests {
    @Test func `gives out what came in, in order, across threads`() throws {
        let queue = BlockingQueue<Int>()
        let received = Mutex<[Int]>([])
        let thread = try WorkerThread { while let value = queue.pop() { received.withLock { $0.append(value) } } }

        for value in 0..<1000 { #expect(queue.push(value) == .accepted) }
        queue.close()
        thread.join()

        #expect(received.withLock { $0 } == Array(0..<1000))
    }

    @Test func `says when it is full and when it is closed`() {
        let queue = BlockingQueue<Int>(capacity: 2)
        #expect(queue.push(1) == .accepted)
        #expect(queue.push(2) == .accepted)
        #expect(queue.push(3) == .full)
        queue.close()
        #expect(queue.push(4) == .closed)
        #expect(queue.popAll(limit: 1) == [1])
        #expect(queue.popAll() == [2])
        #expect(queue.popAll().isEmpty)
        #expect(queue.pop() == nil)
    }
}

@Suite struct ThreadLocalTests {
    private final class Box: Sendable {
        let made: Int
        init(_ made: Int) { self.made = made }
    }

    @Test func `makes one value for each thread`() throws {
        let local = try ThreadLocal<Box>()
        let count = Atomic<Int>(0)
        let threads = try (0..<4).map { _ in
            try WorkerThread {
                let first = local.value { Box(count.wrappingAdd(1, ordering: .relaxed).newValue) }
                let second = local.value { Box(-1) }
                #expect(first === second)
            }
        }
        for thread in threads { thread.join() }

        #expect(count.load(ordering: .relaxed) == 4)
    }
}
