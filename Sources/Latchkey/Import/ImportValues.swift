import Basics
import Crypto
import Domain

/// Values as other systems write them.
enum ImportValues {
    /// 1 or 0, or an equivalent word.
    static func bool(_ text: String) -> Bool? {
        switch text.trimmingWhitespace().lowercased() {
        case "1", "true", "t", "yes", "y", "on": true
        case "0", "false", "f", "no", "n", "off": false
        default: nil
        }
    }

    /// `2026-01-10T12:00:00.123Z`, `2026-01-10 12:00:00.123456+01:00`, `2026-01-10`, or a number since 1970, whose
    /// magnitude distinguishes seconds, milliseconds and microseconds. Without an offset it is UTC.
    static func time(_ text: String) -> Timestamp? {
        let text = text.trimmingWhitespace()
        if let number = Double(text), number.isFinite {
            let milliseconds =
                switch abs(number) {
                case ..<1e11: number * 1000
                case ..<1e14: number
                default: number / 1000
                }
            return abs(milliseconds) < 1e14 ? Timestamp(milliseconds: Int64(milliseconds.rounded())) : nil
        }
        var reader = DigitReader(rest: Array(text.utf8)[...])
        guard let year = reader.number(4), reader.take("-") != nil, let month = reader.number(2),
            reader.take("-") != nil, let day = reader.number(2), let days = days(year: year, month: month, day: day)
        else { return nil }
        var milliseconds = days * 86_400_000
        if reader.take("Tt ") != nil {
            guard let time = reader.timeOfDay(), let offset = reader.offset() else { return nil }
            milliseconds += time - offset
        }
        return reader.rest.isEmpty ? Timestamp(milliseconds: milliseconds) : nil
    }

    /// The number of days since 1970-01-01, or nil if the calendar has no such day.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Timestamp.civil(fromDays: days) == (year, month, day) ? days : nil
    }

    /// The id of an imported task whose own id could not have been created here: a UUID version 7 with the task's
    /// creation time, so that lists keep their order. It is deterministic, so that a repeated import recognizes the
    /// task.
    static func taskID(for id: String, ownedBy owner: UserID, createdAt time: Timestamp) throws -> TaskID {
        let digest = try SHA256.hash("\(owner.rawValue)\u{0}\(id)".utf8)
        let milliseconds = UInt64(max(time.milliseconds, 0))
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * $0)) } + digest.prefix(10)
        // Tasks of the same millisecond stay in the order of their numbers.
        if let number = UInt64(digits: id) { (bytes[6], bytes[7]) = (UInt8(number >> 8 & 0xF), UInt8(number & 0xFF)) }
        bytes[6] = 0x70 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        return TaskID(rawValue: Hexadecimal.uuid(ofDigits: Hexadecimal.encode(bytes)))
    }
}

/// Parses a time by hand, as regular expressions are too slow for large imports.
private struct DigitReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ choices: String) -> UInt8? {
        guard let first = rest.first, choices.utf8.contains(first) else { return nil }
        rest = rest.dropFirst()
        return first
    }

    mutating func number(_ count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, let number = Int64(digits: digits) else { return nil }
        rest = rest.dropFirst(count)
        return number
    }

    /// `12:00`, `12:00:00` or `12:00:00.123456`, in milliseconds.
    mutating func timeOfDay() -> Int64? {
        guard let hour = number(2), hour < 24, take(":") != nil, let minute = number(2), minute < 60 else { return nil }
        var (second, fraction, unit) = (0 as Int64, 0 as Int64, 100 as Int64)
        if take(":") != nil {
            guard let seconds = number(2), seconds <= 60 else { return nil }
            second = seconds
            if take(".,") != nil {
                while let digit = number(1) { (fraction, unit) = (fraction + digit * unit, unit / 10) }
            }
        }
        return ((hour * 60 + minute) * 60 + second) * 1000 + fraction
    }

    /// `Z`, `+01:00`, `+0100`, `+01` or nothing, in milliseconds.
    mutating func offset() -> Int64? {
        _ = take(" ")
        guard take("Zz") == nil, let sign = take("+-") else { return 0 }
        guard let hours = number(2) else { return nil }
        _ = take(":")
        return (hours * 60 + (number(2) ?? 0)) * (sign == UInt8(ascii: "-") ? -60_000 : 60_000)
    }
}
