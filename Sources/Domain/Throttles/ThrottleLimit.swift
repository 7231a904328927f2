/// So many attempts in so much time, sliding: room comes back evenly while it is quiet. Whoever uses the last of it up
/// waits for the whole time, and for as long again with each further attempt that is made as soon as it is possible.
///
/// This is the generic cell rate algorithm (ITU-T I.371) with a pause. All that it keeps of a key is one number, the
/// time until which the attempts so far take up the key's room: nothing is aligned to the clock, and a shared database
/// counts with one statement.
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

    /// What one attempt takes of the time.
    package var interval: Int64 { max(1, milliseconds / Int64(attempts)) }
    /// What the attempt that uses the last room up takes on top: the next has to wait for the whole time.
    package var pause: Int64 { milliseconds - interval }
    /// How far beyond now the number may lie for one more attempt.
    package var latest: Int64 { milliseconds - interval }
    /// No number of ours lies further beyond now: if one does, the clock was set back.
    package var horizon: Int64 { 3 * milliseconds }

    /// Adds an attempt to `busyUntil`, if there is room for one at `time`; both in milliseconds, 0 for a new key.
    package func taken(from busyUntil: Int64, at time: Int64) -> Int64? {
        let start = busyUntil <= time || busyUntil > time + horizon ? time : busyUntil
        guard start <= time + latest else { return nil }
        let next = start + interval
        return next > time + latest ? next + pause : next
    }

    /// What the attempt that led to `busyUntil` added: what has to be given back if it is not to count.
    package func cost(of busyUntil: Int64, at time: Int64) -> Int64 {
        busyUntil > time + milliseconds ? interval + pause : interval
    }

    /// When there is room again for an attempt, in milliseconds from `time`; at least 1.
    package func wait(until busyUntil: Int64, at time: Int64) -> Int64 { max(1, busyUntil - latest - time) }
}
