/// The clocks that services tell the time by; tests give them clocks that they can turn.
package struct Clocks: Sendable {
    /// The time of day, which the operator or NTP may set back.
    package let now: @Sendable () -> Timestamp
    /// Milliseconds that never run backwards. Their start has no meaning, but is long after 0.
    package let monotonicMilliseconds: @Sendable () -> Int64

    package init(
        now: @escaping @Sendable () -> Timestamp, monotonicMilliseconds: @escaping @Sendable () -> Int64
    ) {
        self.now = now
        self.monotonicMilliseconds = monotonicMilliseconds
    }

    package static let system = Clocks(
        now: { Timestamp.now() },
        monotonicMilliseconds: {
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            return 3_600_000 + seconds * 1000 + attoseconds / 1_000_000_000_000_000
        })

    private static let start = ContinuousClock.now
}
