import Glibc

/// A first-in, first-out queue that threads may wait on: bounded, and closed once for all.
package final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    // @unchecked is safe: every access to `elements` and `isClosed` happens while `mutex` is held, and the two
    // pthread objects are allocated once, never moved, and freed only when nobody refers to the queue.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let arrived: UnsafeMutablePointer<pthread_cond_t>
    private var elements: [Element] = []
    private var isClosed = false
    private let capacity: Int

    package init(capacity: Int = .max) {
        self.capacity = capacity
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        arrived = .allocate(capacity: 1)
        arrived.initialize(to: pthread_cond_t())
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(mutex)
        arrived.deallocate()
        mutex.deallocate()
    }

    package enum PushResult: Sendable { case accepted, full, closed }

    /// Never waits: a full or closed queue says so.
    package func push(_ element: Element) -> PushResult {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return .closed }
        guard elements.count < capacity else { return .full }
        elements.append(element)
        pthread_cond_signal(arrived)
        return .accepted
    }

    /// Waits for an element; nil once the queue is closed and empty.
    package func pop() -> Element? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.isEmpty {
            if isClosed { return nil }
            pthread_cond_wait(arrived, mutex)
        }
        return elements.removeFirst()
    }

    /// Waits for at least one element and takes all that are there, at most `limit`; empty once the queue is
    /// closed and empty.
    package func popAll(limit: Int = .max) -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.isEmpty {
            if isClosed { return [] }
            pthread_cond_wait(arrived, mutex)
        }
        guard elements.count > limit else {
            defer { elements.removeAll(keepingCapacity: true) }
            return elements
        }
        defer { elements.removeFirst(limit) }
        return Array(elements.prefix(limit))
    }

    /// Nothing more comes in; what is there is still given out.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(arrived)
        pthread_mutex_unlock(mutex)
    }

    /// Nothing more comes in, and nothing more goes out to those who wait: what was there is the caller's to turn
    /// away.
    package func closeAndTakeAll() -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        pthread_cond_broadcast(arrived)
        defer { elements = [] }
        return elements
    }
}
