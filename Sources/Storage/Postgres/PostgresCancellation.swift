import CPostgres
import Synchronization
import Workers

/// Cancels a statement on the server when its result is no longer needed.
///
/// libpq blocks until the server accepts the request, and a hung server never does. So cancellation runs on a small
/// number of threads of its own; when all of them are blocked, statements run to their end.
enum PostgresCancellation {
    private static let maximumThreads = 4
    private static let running = Mutex(0)

    static func send(for connection: OpaquePointer) {
        guard let cancel = latchkey_PQgetCancel(connection) else { return }
        let mayRun = running.withLock { running in
            guard running < maximumThreads else { return false }
            running += 1
            return true
        }
        guard mayRun else { return latchkey_PQfreeCancel(cancel) }
        // Safe: owned by the thread once that has started, and by this one, which then frees it, if it never does.
        nonisolated(unsafe) let owned = cancel
        do {
            try WorkerThread {
                var message = [CChar](repeating: 0, count: 256)
                _ = latchkey_PQcancel(owned, &message, Int32(message.count))
                latchkey_PQfreeCancel(owned)
                running.withLock { $0 -= 1 }
            }.detach()
        } catch {
            latchkey_PQfreeCancel(cancel)
            running.withLock { $0 -= 1 }
        }
    }
}
