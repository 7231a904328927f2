import Glibc

/// A `FairQueue` that threads may wait on, closed once for all.
package final class BlockingFairQueue<Element: Sendable>: @unchecked Sendable {
    // @unchecked is safe: every access to `elements` and `isClosed` happens while `mutex` is held, and the two
    // pthread objects are allocated once, never moved, and freed only when nothing refers to the queue.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let arrived: UnsafeMutablePointer<pthread_cond_t>
    private var elements: FairQueue<Element>
    private var isClosed = false

    package init(capacity: Int) {
        elements = FairQueue(capacity: capacity)
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

    package enum PushResult: Sendable {
        case accepted
        /// The element took the place of another client's.
        case displaced(Element)
        case full, closed
    }

    /// Never waits.
    package func push(_ element: Element, for share: FairShare, cost: Int = 1) -> PushResult {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return .closed }
        switch elements.push(element, for: share, cost: cost) {
        case .accepted:
            pthread_cond_signal(arrived)
            return .accepted
        case .displaced(let other): return .displaced(other)
        case .full: return .full
        }
    }

    /// Waits for an element; nil once the queue is closed.
    package func pop() -> Element? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.isEmpty {
            if isClosed { return nil }
            pthread_cond_wait(arrived, mutex)
        }
        return elements.pop()
    }

    /// Nothing more comes in or goes out to the threads that wait.
    /// - Returns: the elements that were waiting.
    package func close() -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        pthread_cond_broadcast(arrived)
        return elements.removeAll()
    }
}
