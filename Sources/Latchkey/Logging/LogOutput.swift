import Glibc
import Synchronization
import Workers

/// Writes log lines to standard error from a thread of its own, so that a slow terminal blocks no request.
///
/// Under load it writes the lines of a few milliseconds at once, to avoid system calls and contention for each line.
final class LogOutput: Sendable {
    private struct State {
        var lines: [UInt8] = []
        /// True while lines that were taken are not yet written.
        var isWriting = false
        var isThreadWaiting = false
        var isClosed = false
    }

    /// The maximum number of buffered bytes; lines beyond are dropped rather than waited for.
    private static let maximumSize = 16 << 20
    /// The time for which lines are collected under load, in microseconds.
    private static let pause: UInt32 = 5000

    private let state = Mutex(State())
    private let wakeUp = BlockingQueue<Void>()
    private let isDone = Atomic<Bool>(false)

    init() throws {
        _ = try WorkerThread { [self] in
            while let lines = next() {
                Self.writeAll(lines)
                state.withLock { $0.isWriting = false }
                usleep(Self.pause)
            }
            isDone.store(true, ordering: .releasing)
        }
    }

    /// Takes the buffered lines; waits if there are none. Nil at the end.
    private func next() -> [UInt8]? {
        while true {
            let (lines, isClosed) = state.withLock { state in
                let lines = state.lines
                state.lines = []
                // Reserves the same capacity again, so that it does not grow step by step each time.
                if lines.count < 1 << 20 { state.lines.reserveCapacity(lines.count) }
                state.isWriting = !lines.isEmpty
                state.isThreadWaiting = lines.isEmpty
                return (lines, state.isClosed)
            }
            if !lines.isEmpty { return lines }
            if isClosed { return nil }
            _ = wakeUp.pop()
        }
    }

    /// Takes a line; drops it if the buffer is full.
    func write(_ line: [UInt8]) {
        let wasWaiting = state.withLock { state in
            guard state.lines.count + line.count <= Self.maximumSize else { return false }
            state.lines.append(contentsOf: line)
            defer { state.isThreadWaiting = false }
            return state.isThreadWaiting
        }
        if wasWaiting { _ = wakeUp.push(()) }
    }

    /// Waits until the lines so far are written, for at most a second: the reader may be gone.
    func flush() {
        for _ in 0..<1000 {
            guard state.withLock({ $0.isWriting || !$0.lines.isEmpty }) else { return }
            usleep(1000)
        }
    }

    /// Writes the buffered lines, for at most a second, as ``flush()`` does, and ends the thread.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.close()
        for _ in 0..<100 where !isDone.load(ordering: .acquiring) { usleep(10_000) }
    }

    private static func writeAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, 1000)
            } else if errno != EINTR {
                return
            }
        }
    }
}
