import Glibc

/// A dedicated thread for work that would block an event loop.
package struct WorkerThread: @unchecked Sendable {
    // @unchecked is safe: `handle` is only ever read, and pthread_join or pthread_detach is called once.
    private let handle: pthread_t

    package enum StartError: Error, CustomStringConvertible {
        case refused(code: Int32)

        package var description: String {
            switch self {
            case .refused(let code): "The system refused another thread: \(String(cString: strerror(code)))."
            }
        }
    }

    private final class Body {
        let niceness: Int32
        let run: @Sendable () -> Void

        init(niceness: Int32, run: @escaping @Sendable () -> Void) {
            self.niceness = niceness
            self.run = run
        }
    }

    /// - Parameter niceness: 0 for normal priority, up to 19 for work that may wait. On Linux it applies to the thread
    ///   alone.
    package init(niceness: Int32 = 0, run: @escaping @Sendable () -> Void) throws {
        let body = Unmanaged.passRetained(Body(niceness: niceness, run: run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                if body.niceness != 0 { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, body.niceness) }
                body.run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw StartError.refused(code: code)
        }
        handle = thread
    }

    /// Lets the thread end by itself. Must be called only once, and not together with `join`.
    package func detach() { pthread_detach(handle) }

    /// Waits until the thread has ended. Must be called only once.
    package func join() {
        pthread_join(handle, nil)
    }
}
