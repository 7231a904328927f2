import CPostgres
import Synchronization
import Workers

/// Tells a server that nobody waits for a statement any more, so that it stops working on it.
///
/// libpq waits for the server to take the message, and a server that hangs never does. So this happens on threads of
/// its own, of which there are few: when all of them wait, the statement ends when it ends.
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
        // Safe: it belongs to the thread once that has started, and to this one, which then frees it, if it never does.
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
