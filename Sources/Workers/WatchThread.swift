import Glibc

/// A thread that spends its life waiting for a file descriptor, and can be told to stop.
package final class WatchThread: Sendable {
    /// How the thread waits.
    package struct Waiting: Sendable {
        fileprivate let stop: Int32

        /// Waits until `descriptor` has something to read or is broken, or the time is over.
        /// - Parameters:
        ///   - descriptor: -1 only to let time pass.
        ///   - milliseconds: -1 for as long as it takes.
        /// - Returns: false when the thread is to end.
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

    /// - Throws: where the system refuses a thread or a pipe.
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

    /// Waits until the thread has ended. To be called once.
    package func stop() {
        // The other end is told by the end of the pipe.
        close(stopping)
        thread.join()
    }
}
