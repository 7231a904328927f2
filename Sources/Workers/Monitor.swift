import Glibc

/// A value that threads share under one lock and can wait on (a monitor); once closed, it stays closed.
final class Monitor<Value>: @unchecked Sendable {
    // @unchecked is safe: every access to `value` and `isClosed` happens while `mutex` is held, and the two pthread
    // objects are allocated once, never moved, and freed only when nothing refers to the monitor.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value
    private var isClosed = false

    init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Changes the value and wakes a waiting thread. Never waits itself.
    /// - Returns: nil once closed.
    func change<Result>(_ work: (inout Value) -> Result) -> Result? {
        locked {
            guard !isClosed else { return nil }
            defer { pthread_cond_signal(changed) }
            return work(&value)
        }
    }

    /// Looks at the value without changing it.
    func look<Result>(_ work: (Value) -> Result) -> Result { locked { work(value) } }

    /// Waits until there is something to take.
    /// - Returns: nil once the monitor is closed and nothing is left to take.
    func take<Result>(_ work: (inout Value) -> Result?) -> Result? {
        locked {
            while true {
                if let result = work(&value) { return result }
                guard !isClosed else { return nil }
                pthread_cond_wait(changed, mutex)
            }
        }
    }

    /// Wakes all waiting threads; `change` is refused from now on.
    func close<Result>(_ work: (inout Value) -> Result) -> Result {
        locked {
            isClosed = true
            pthread_cond_broadcast(changed)
            return work(&value)
        }
    }

    private func locked<Result>(_ work: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return work()
    }
}
