import Synchronization

/// Ends a transfer from another thread. libcurl looks about once a second.
package final class CurlCancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isCancelled: Bool { flag.load(ordering: .relaxed) }
    package func cancel() { flag.store(true, ordering: .relaxed) }
}
