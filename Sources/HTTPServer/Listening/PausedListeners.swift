import NIOCore
import Synchronization

/// The listeners of a server that are paused. A connection that closes frees a descriptor, so it resumes them:
/// clients that have given up are still in the backlog, and a newcomer waits until all of them are accepted and
/// closed.
final class PausedListeners: Sendable {
    private let paused = Mutex<[any Channel]>([])
    /// Spares a closing connection the lock as long as everything is accepted.
    private let areAnyPaused = Atomic(false)

    func pause(_ listener: any Channel) {
        paused.withLock { paused in
            paused.append(listener)
            areAnyPaused.store(true, ordering: .sequentiallyConsistent)
        }
        listener.setOption(.autoRead, value: false).whenFailure { _ in listener.close(promise: nil) }
    }

    func resume() {
        guard areAnyPaused.load(ordering: .sequentiallyConsistent) else { return }
        let resumed = paused.withLock { paused in
            areAnyPaused.store(false, ordering: .sequentiallyConsistent)
            defer { paused = [] }
            return paused
        }
        for listener in resumed {
            listener.setOption(.autoRead, value: true).whenFailure { _ in listener.close(promise: nil) }
        }
    }
}
