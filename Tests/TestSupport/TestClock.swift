import Basics
import Synchronization

/// A clock that stands still until it is turned. Its time of day and its monotonic time are the same.
package final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    package init(at start: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)) { time = Mutex(start) }

    package var now: Timestamp { time.withLock { $0 } }

    package func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }

    package func advance(milliseconds: Int64) {
        time.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + milliseconds) }
    }

    package var clocks: Clocks { Clocks(now: { self.now }, monotonicMilliseconds: { self.now.milliseconds }) }
}
