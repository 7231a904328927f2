import Basics
import Synchronization

/// A clock that stands still until it is turned. Its time of day and its monotonic time are the same.
package final class TestClock: Sendable {
    private let time: Mutex<Timestamp>
    private let tick: Int64

    /// - Parameter tick: the milliseconds by which each reading turns it.
    package init(at start: Timestamp = Timestamp(milliseconds: 1_800_000_000_000), tick: Int64 = 0) {
        time = Mutex(start)
        self.tick = tick
    }

    package var now: Timestamp {
        time.withLock { time in
            defer { time = Timestamp(milliseconds: time.milliseconds + tick) }
            return time
        }
    }

    package func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }

    package func advance(milliseconds: Int64) {
        time.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + milliseconds) }
    }

    package var clocks: Clocks { Clocks(now: { self.now }, monotonicMilliseconds: { self.now.milliseconds }) }
}
