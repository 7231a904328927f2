import Synchronization

/// A histogram that several threads may record in, and scrapes read. Its lock is for values that are measured on one
/// thread at a time, or seldom; what every request counts is kept for each event loop (`RequestDurations`).
package final class Histogram: Sendable {
    private let recorded: Mutex<HistogramValues>

    package init(bounds: [Double] = HistogramValues.requestBounds) { recorded = Mutex(HistogramValues(bounds: bounds)) }

    package func record(_ duration: Duration) { recorded.withLock { $0.record(duration) } }

    package var values: HistogramValues { recorded.withLock { $0 } }
}
