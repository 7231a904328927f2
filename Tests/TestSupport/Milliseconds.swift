import Synchronization

/// A count of milliseconds that stands still until it is advanced.
package final class Milliseconds: Sendable {
    private let count = Mutex(Int64(0))
    package init() {}
    package var value: Int64 { count.withLock { $0 } }
    package func advance(by milliseconds: Int64) { count.withLock { $0 += milliseconds } }
}
