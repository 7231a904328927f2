/// A sliding limit of attempts per time, whose capacity recovers evenly. A client that exhausts it waits for the whole
/// period, and for as long again after each further attempt that is made as soon as it is possible.
///
/// This is the generic cell rate algorithm (ITU-T I.371) with a pause. Its only state for a key is one number, the time
/// until which past attempts use up the key's capacity: nothing is aligned to the clock, and a shared database counts
/// with one statement.
package struct ThrottleLimit: Sendable, Hashable {
    package let attempts: Int
    package let milliseconds: Int64

    /// - Parameters:
    ///   - attempts: 1–1,000,000.
    ///   - seconds: 1–2,592,000 (30 days).
    package init?(attempts: Int, seconds: Int) {
        guard (1...1_000_000).contains(attempts), (1...2_592_000).contains(seconds) else { return nil }
        self.attempts = attempts
        milliseconds = Int64(seconds) * 1000
    }

    /// The time that one attempt uses up.
    package var interval: Int64 { max(1, milliseconds / Int64(attempts)) }
    /// The extra cost of the attempt that exhausts the limit: the next has to wait for the whole period.
    package var pause: Int64 { milliseconds - interval }
    /// The greatest distance of the number from now that admits one more attempt.
    package var latest: Int64 { milliseconds - interval }
    /// The greatest possible distance from now: a number beyond it means that the clock was set back.
    package var horizon: Int64 { 3 * milliseconds }

    /// Adds an attempt to `busyUntil` if it is admitted at `time`; both in milliseconds, 0 for a new key.
    package func taken(from busyUntil: Int64, at time: Int64) -> Int64? {
        let start = busyUntil <= time || busyUntil > time + horizon ? time : busyUntil
        guard start <= time + latest else { return nil }
        let next = start + interval
        return next > time + latest ? next + pause : next
    }

    /// The amount that the attempt which led to `busyUntil` added, to be refunded if it is not to count.
    package func cost(of busyUntil: Int64, at time: Int64) -> Int64 {
        busyUntil > time + milliseconds ? interval + pause : interval
    }

    /// The time until another attempt is admitted, in milliseconds from `time`; at least 1.
    package func wait(until busyUntil: Int64, at time: Int64) -> Int64 { max(1, busyUntil - latest - time) }
}
