import Glibc

/// A thread that waits for a file descriptor until it is told to stop.
package final class WatchThread: Sendable {
    /// The waiting operation of the thread.
    package struct Waiting: Sendable {
        fileprivate let stop: Int32

        /// Waits until `descriptor` is readable or broken, or the time has elapsed.
        /// - Parameters:
        ///   - descriptor: -1 only to let time pass.
        ///   - milliseconds: -1 for no limit.
        /// - Returns: false when the thread must end.
        package func wait(for descriptor: Int32, milliseconds: Int32 = -1) -> Bool {
            var descriptors = [
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            while poll(&descriptors, 2, milliseconds) < 0 {
                guard errno == EINTR else { return false }
            }
            return descriptors[0].revents == 0
        }
    }

    private let thread: WorkerThread
    private let stopping: Int32

    /// - Throws: if the system refuses a thread or a pipe.
    package init(_ run: @escaping @Sendable (Waiting) -> Void) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw WorkerThread.StartError.refused(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let stopped = ends[0]
        stopping = ends[1]
        do {
            thread = try WorkerThread {
                run(Waiting(stop: stopped))
                close(stopped)
            }
        } catch {
            for end in ends { close(end) }
            throw error
        }
    }

    /// Waits until the thread has ended. Must be called only once.
    package func stop() {
        // Closing the pipe notifies the thread.
        close(stopping)
        thread.join()
    }
}
