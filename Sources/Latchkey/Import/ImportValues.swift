import Auth
import Domain

/// Values as other systems write them.
enum ImportValues {
    /// 1 or 0, or a word for it.
    static func bool(_ text: String) -> Bool? {
        switch text.trimmingWhitespace().lowercased() {
        case "1", "true", "t", "yes", "y", "on": true
        case "0", "false", "f", "no", "n", "off": false
        default: nil
        }
    }

    /// `2026-01-10T12:00:00.123Z`, `2026-01-10 12:00:00.123456+01:00`, `2026-01-10`, or a number since 1970, whose
    /// size tells seconds, milliseconds and microseconds apart. Without an offset it is UTC.
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
        let pattern =
            /(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\ ?(?:Z|([+-])(\d\d):?(\d\d)?)?/
        guard let match = text.wholeMatch(of: pattern.asciiOnlyDigits().ignoresCase())?.output else { return nil }
        func number(_ digits: Substring?) -> Int64 { digits.flatMap { Int64($0) } ?? 0 }
        let (hour, minute, second) = (number(match.4), number(match.5), number(match.6))
        guard let days = days(year: number(match.1), month: number(match.2), day: number(match.3)), hour < 24,
            minute < 60, second <= 60
        else { return nil }
        let offset = (number(match.9) * 60 + number(match.10)) * (match.8 == "-" ? -60 : 60)
        let fraction = number(((match.7 ?? "") + "000").prefix(3))
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset
        return Timestamp(milliseconds: seconds * 1000 + fraction)
    }

    /// The number of a day since 1970-01-01, or nil where the calendar has none such.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Timestamp.civil(fromDays: days) == (year, month, day) ? days : nil
    }

    /// The id of a task whose own id is none that we could have made: a UUID of version 7 with the time that the task
    /// was made, so that lists keep their order. The same task always gets the same id, so that it is found again
    /// when an import is repeated.
    static func taskID(for id: String, ownedBy owner: UserID, createdAt time: Timestamp) throws -> TaskID {
        let digest = try Crypto.sha256("\(owner.rawValue)\u{0}\(id)".utf8)
        let milliseconds = UInt64(max(time.milliseconds, 0))
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * $0)) } + digest.prefix(10)
        // Tasks of one millisecond stay in the order of their numbers.
        if let number = UInt64(id) { (bytes[6], bytes[7]) = (UInt8(number >> 8 & 0xF), UInt8(number & 0xFF)) }
        bytes[6] = 0x70 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        return TaskID(rawValue: hyphenated(Array(Crypto.hexadecimal(bytes).utf8)))
    }

    /// A UUID's 32 digits as they are usually written.
    static func hyphenated(_ digits: [UInt8]) -> String {
        let parts = [digits[..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20...]]
        return String(decoding: Array(parts.joined(separator: "-".utf8)), as: UTF8.self)
    }
}
