#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z. Its text for clients has exactly three decimals,
/// because the Better Auth client misreads any other number of them.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The wall clock.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whole seconds since 1970, rounded down: a JWT's NumericDate.
    package var seconds: Int64 { Self.floorDivide(milliseconds, 1000) }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package func adding(seconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds &+ seconds &* 1000) }

    /// True until so many seconds after it, and false before it, as where a clock was set back.
    package func isRecent(at time: Timestamp, forSeconds seconds: Int64) -> Bool {
        self <= time && adding(seconds: seconds) > time
    }

    /// `2026-01-10T12:00:00.123Z` (RFC 3339). Years outside 0–9999 are clamped.
    package var rfc3339: String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            writeRFC3339(into: buffer)
            return 24
        }
    }

    /// Writes the 24 bytes of `rfc3339`; the buffer must hold at least as many.
    package func writeRFC3339(into buffer: UnsafeMutableBufferPointer<UInt8>) {
        let latest: Int64 = 253_402_300_799_999
        let clamped = min(max(milliseconds, -62_167_219_200_000), latest)
        let days = Self.floorDivide(clamped, 86_400_000)
        let ofDay = clamped - days * 86_400_000
        let (year, month, day) = Self.civil(fromDays: days)

        /// Writes two digits; the arithmetic is on small numbers, as a list contains dozens of timestamps.
        func put(_ value: UInt32, at offset: Int) {
            buffer[offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10)
            buffer[offset + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
        }
        let (years, milliseconds) = (UInt32(truncatingIfNeeded: year), UInt32(truncatingIfNeeded: ofDay))
        let seconds = milliseconds / 1000
        let thousandths = milliseconds % 1000
        put(years / 100, at: 0)
        put(years % 100, at: 2)
        put(UInt32(truncatingIfNeeded: month), at: 5)
        put(UInt32(truncatingIfNeeded: day), at: 8)
        put(seconds / 3600, at: 11)
        put(seconds / 60 % 60, at: 14)
        put(seconds % 60, at: 17)
        buffer[20] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: thousandths / 100)
        put(thousandths % 100, at: 21)
        buffer[4] = UInt8(ascii: "-")
        buffer[7] = UInt8(ascii: "-")
        buffer[10] = UInt8(ascii: "T")
        buffer[13] = UInt8(ascii: ":")
        buffer[16] = UInt8(ascii: ":")
        buffer[19] = UInt8(ascii: ".")
        buffer[23] = UInt8(ascii: "Z")
    }

    /// Year, month and day of a day number in the proleptic Gregorian calendar: eras of 400 years, with years that
    /// begin in March so that the leap day comes last.
    package static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Days since 1970-01-01, rounded down.
    package var days: Int64 { Self.floorDivide(milliseconds, 86_400_000) }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }
}
