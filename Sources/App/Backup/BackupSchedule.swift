import Basics

/// The times at which the server makes backups.
package enum BackupSchedule: Sendable, Equatable {
    /// Once a day, at this minute after midnight in UTC.
    case daily(minute: Int64)
    /// A number of seconds after the one before.
    case every(seconds: Int64)

    /// `02:30`, or `every 6h` with minutes, hours or days.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        if words.count == 2, words[0] == "every" {
            let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
            guard let unit = words[1].last.flatMap({ units[$0] }), let count = Int64(digits: words[1].dropLast()),
                (1...Self.maximumSeconds / unit).contains(count)
            else { return nil }
            self = .every(seconds: count * unit)
        } else {
            let bytes = Array(text.utf8)
            guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let hour = Int64(digits: bytes[..<2]), hour < 24,
                let minute = Int64(digits: bytes[3...]), minute < 60
            else { return nil }
            self = .daily(minute: hour * 60 + minute)
        }
    }

    private static let maximumSeconds: Int64 = 31 * 86_400

    /// The time from which the next one is due.
    /// - Parameter last: the time of the last one; nil if there is none, and one is due now.
    package func due(after last: Timestamp?, now: Timestamp) -> Timestamp {
        guard let last else { return now }
        // A clock that was set back must not keep backups from being made.
        let start = min(last, now)
        switch self {
        case .every(let seconds): return start.adding(seconds: seconds)
        case .daily(let minute):
            let today = Timestamp(milliseconds: 0).adding(seconds: start.days * 86_400 + minute * 60)
            return today > start ? today : today.adding(seconds: 86_400)
        }
    }
}
