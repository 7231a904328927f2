import Synchronization

/// Generates UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then a counter, then random
/// bits.
///
/// The ids of one generator increase strictly, even within a millisecond and when the clock is set back (section 6.2,
/// method 1), because lists are ordered by id.
package final class UUIDv7Generator: Sendable {
    private struct Last {
        var milliseconds: UInt64 = 0
        var counter: UInt16 = 0
    }

    private let last = Mutex(Last())

    package init() {}

    /// - Parameter now: the time in the id, unless a later one has already been issued.
    /// - Returns: 36 lower-case characters, `018f…-…-7…-…-…`.
    package func next(at now: Timestamp) -> String {
        let chance = UInt64.random(in: .min ... .max)
        let (milliseconds, counter) = last.withLock { last in
            let clock = UInt64(max(now.milliseconds, 0)) & 0xFFFF_FFFF_FFFF
            if clock > last.milliseconds {
                last.milliseconds = clock
                // The top bit starts at zero, so that at least 2,048 ids fit into one millisecond.
                last.counter = UInt16(truncatingIfNeeded: chance >> 48) & 0x7FF
            } else if last.counter < 0xFFF {
                last.counter += 1
            } else {
                last.milliseconds += 1
                last.counter = 0
            }
            return (last.milliseconds, last.counter)
        }
        let high = (milliseconds << 16) | 0x7000 | UInt64(counter)
        let low = (chance & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return Self.text(high, low)
    }

    /// An id that no id of this time or later precedes.
    package static func least(at time: Timestamp) -> String {
        text((UInt64(max(time.milliseconds, 0)) & 0xFFFF_FFFF_FFFF) << 16, 0)
    }

    private static func text(_ high: UInt64, _ low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = index < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15))) & 0xF
                buffer[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
                position += 1
            }
            return 36
        }
    }
}
