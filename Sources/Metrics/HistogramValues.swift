/// The distribution of measured values over buckets.
package struct HistogramValues: Sendable, Equatable {
    /// Upper bounds, ascending; a value that equals one belongs to its bucket.
    package let bounds: [Double]
    /// A count for each bound, and one for what exceeds them all. Not cumulative.
    package private(set) var counts: [UInt64]
    package private(set) var sum = 0.0

    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    package var count: UInt64 { counts.reduce(0, +) }

    package mutating func record(_ value: Double) {
        var bucket = 0
        // Most values are small, so they are found sooner than by halving.
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] &+= 1
        sum += value
    }

    package mutating func record(_ duration: Duration) { record(duration / .seconds(1)) }

    /// Adds values that were recorded elsewhere, in the same buckets.
    package mutating func add(_ other: HistogramValues) {
        for index in counts.indices where index < other.counts.count { counts[index] &+= other.counts[index] }
        sum += other.sum
    }

    /// Seconds of requests and of what they wait for. The bounds that OpenTelemetry advises begin at 5 ms, below which
    /// nearly all of our responses are.
    package static let requestBounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
}
