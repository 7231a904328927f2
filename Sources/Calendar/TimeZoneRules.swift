import Basics

/// A time zone of the IANA database, as its TZif file has it (RFC 9636).
package struct TimeZoneRules: Sendable {
    /// Moments at which the offset changes, in seconds since 1970 in UTC, ascending.
    private let transitions: [Int]
    /// Offsets in seconds east of Greenwich: before the first transition, and from each on.
    private let offsets: [Int]
    /// The rule after the last transition.
    private let later: PosixZone?

    package static let utc = TimeZoneRules(transitions: [], offsets: [0], later: nil)

    private init(transitions: [Int], offsets: [Int], later: PosixZone?) {
        (self.transitions, self.offsets, self.later) = (transitions, offsets, later)
    }

    /// Seconds east of Greenwich at a moment.
    package func offset(at time: Timestamp) -> Int { offset(at: Int(time.seconds)) }

    private func offset(at seconds: Int) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == transitions.count, let later { return later.offset(at: seconds) }
        return offsets[low]
    }

    /// The date and time on the clocks of the zone at a moment.
    package func local(at time: Timestamp) -> LocalDateTime {
        LocalDateTime(clockSeconds: Int(time.seconds) + offset(at: Int(time.seconds)))
    }

    /// The moment at which the clocks of the zone show a time. One that they skip is read with the offset from before
    /// the gap, and of one that they show twice it is the first (RFC 5545, section 3.3.5).
    package func instant(of local: LocalDateTime) -> Timestamp {
        let clock = local.clockSeconds
        // No zone ever changed its offset by more than a day, or twice within two.
        let before = offset(at: clock - 86_400)
        let after = offset(at: clock + 86_400)
        for candidate in [before, after] where offset(at: clock - candidate) == candidate {
            return Timestamp(milliseconds: Int64(clock - candidate) * 1000)
        }
        return Timestamp(milliseconds: Int64(clock - before) * 1000)
    }

    /// The first moment of a day, which in some zones is 01:00 on the day on which summer time begins.
    package func start(of date: CalendarDate) -> Timestamp {
        let midnight = LocalDateTime(date, secondOfDay: 0)
        let instant = instant(of: midnight)
        // In a gap, the moment lies after it by as much as midnight lies after the gap's beginning.
        let excess = local(at: instant).seconds(since: midnight)
        guard excess > 0 else { return instant }
        let seconds = Int(instant.seconds)
        let gapEnd = transitions.last { $0 <= seconds && seconds - $0 <= excess }
        return gapEnd.map { Timestamp(milliseconds: Int64($0) * 1000) } ?? instant
    }

    // MARK: TZif

    /// Nil for anything that is not a TZif file of version 2 or later.
    package init?(tzif bytes: [UInt8]) {
        guard let first = Header(bytes, at: 0), first.version >= UInt8(ascii: "2"),
            let header = Header(bytes, at: Header.size + first.dataSize(timeSize: 4)),
            let end = Optional(header.end + header.dataSize(timeSize: 8)), end < bytes.count
        else { return nil }
        var position = header.end
        let times = (0..<header.timeCount).map { Int(bytes.bigEndian64(at: position + 8 * $0)) }
        position += 8 * header.timeCount
        let kinds = bytes[position..<(position + header.timeCount)].map(Int.init)
        position += header.timeCount
        guard header.typeCount > 0, kinds.allSatisfy({ $0 < header.typeCount }),
            zip(times, times.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        let offsetOfType = (0..<header.typeCount).map { Int(bytes.bigEndian32(at: position + 6 * $0)) }
        guard offsetOfType.allSatisfy({ abs($0) <= 26 * 3600 }) else { return nil }
        // The footer lies between two line feeds.
        let footer = bytes[end...].dropFirst().prefix { $0 != 0x0A }
        let text = String(decoding: footer, as: UTF8.self)
        let later = PosixZone(text)
        guard bytes[end] == 0x0A, text.isEmpty || later != nil else { return nil }
        self.init(transitions: times, offsets: [offsetOfType[0]] + kinds.map { offsetOfType[$0] }, later: later)
    }

    private struct Header {
        static let size = 44
        let version: UInt8
        /// The position after the header.
        let end: Int
        let timeCount, typeCount: Int
        private let universalCount, standardCount, leapCount, nameSize: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard bytes.count >= start + Self.size, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else {
                return nil
            }
            let counts = (0..<6).map { Int(bytes.bigEndian32(at: start + 20 + 4 * $0)) }
            guard counts.allSatisfy({ (0...10_000).contains($0) }) else { return nil }
            version = bytes[start + 4]
            end = start + Self.size
            (universalCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
            (timeCount, typeCount, nameSize) = (counts[3], counts[4], counts[5])
        }

        /// The size of the data after the header in bytes.
        func dataSize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + nameSize + leapCount * (timeSize + 4) + standardCount
                + universalCount
        }
    }
}

extension [UInt8] {
    fileprivate func bigEndian32(at start: Int) -> Int32 {
        Int32(bitPattern: self[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) })
    }

    fileprivate func bigEndian64(at start: Int) -> Int64 {
        Int64(bitPattern: self[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) })
    }
}
