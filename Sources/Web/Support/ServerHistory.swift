import Synchronization

/// The samples of the last day, one a minute, in memory: a ring of some 90 KiB.
package final class ServerHistory: Sendable {
    private struct Ring {
        var samples: [ServerSample] = []
        /// The place of the oldest, once all are taken.
        var first = 0
    }

    /// Both ends of a day's minutes.
    package static let capacity = 24 * 60 + 1

    private let ring = Mutex(Ring())

    package init() {}

    /// Adds a sample; the oldest makes room for it.
    package func add(_ sample: ServerSample) {
        ring.withLock { ring in
            guard ring.samples.count == Self.capacity else { return ring.samples.append(sample) }
            ring.samples[ring.first] = sample
            ring.first = (ring.first + 1) % Self.capacity
        }
    }

    /// The oldest first.
    package var samples: [ServerSample] {
        ring.withLock { Array($0.samples[$0.first...] + $0.samples[..<$0.first]) }
    }
}
