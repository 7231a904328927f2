import Basics
import Calendar

/// The name of a backup's file, `latchkey-20261126T151600Z.db`, with the time at which the backup was begun. Times of
/// files change when they are copied, names do not.
package struct BackupName: Sendable, Hashable, Comparable {
    /// In whole seconds.
    package let time: Timestamp

    package init(_ time: Timestamp) { self.time = Timestamp(milliseconds: time.seconds * 1000) }

    /// Nil for any other name.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let digits = bytes.dropFirst(Self.prefix.utf8.count).prefix(16)
        guard let first = digits.indices.first, digits.count == 16,
            let year = Int(digits: digits.prefix(4)), let month = Int(digits: digits[(first + 4)..<(first + 6)]),
            let day = Int(digits: digits[(first + 6)..<(first + 8)]),
            let date = CalendarDate(year: year, month: month, day: day),
            let hour = Int64(digits: digits[(first + 9)..<(first + 11)]),
            let minute = Int64(digits: digits[(first + 11)..<(first + 13)]),
            let second = Int64(digits: digits[(first + 13)..<(first + 15)])
        else { return nil }
        let ofDay = (hour * 60 + minute) * 60 + second
        self.init(Timestamp(milliseconds: 0).adding(seconds: Int64(date.dayNumber) * 86_400 + ofDay))
        // The rest of the name, and times of day that do not exist.
        guard self.text.utf8.elementsEqual(bytes) else { return nil }
    }

    package var text: String { stem + ".db" }
    /// The name of the file beside it that describes it.
    package var manifest: String { stem + ".json" }

    private static let prefix = "latchkey-"

    private var stem: String { Self.prefix + stamp }

    /// The time as it is in the name.
    var stamp: String {
        // `2026-11-26T15:16:00.000Z`, without the punctuation.
        time.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    package static func < (left: BackupName, right: BackupName) -> Bool { left.time < right.time }
}
