import Synchronization

/// A request to give up, for work on another thread that asks for it now and then.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isRequested: Bool { flag.load(ordering: .relaxed) }

    package func request() { flag.store(true, ordering: .relaxed) }

    /// - Throws: `CancellationError` if it was requested.
    package func check() throws {
        if isRequested { throw CancellationError() }
    }
}
