import Basics

/// A place in an order by hand: a fraction of 1, as its digits in base 36. Between any two there is another.
package struct Position: Sendable, Hashable, Comparable, RawRepresentable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// The place above everything that is older: the digits of the id's time and counter (RFC 9562, section 5.7),
    /// each taken from the highest, so that newer is less.
    package init(newestFirst id: String) {
        rawValue = String(
            decoding: id.utf8.lazy.filter { $0 != UInt8(ascii: "-") }.prefix(16).map { digit in
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(ascii: "v") - (digit - UInt8(ascii: "0"))
                case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt8(ascii: "l") - (digit - UInt8(ascii: "a"))
                default: UInt8(ascii: "g")
                }
            }, as: UTF8.self)
    }

    /// A place between two; nil if there is none, as they are equal or in the wrong order.
    /// - Parameters:
    ///   - above: nil for the beginning.
    ///   - below: nil for the end.
    package init?(between above: Position?, and below: Position?) {
        let low = above.map { $0.rawValue.utf8.map(Self.digit) } ?? []
        let high = below.map { $0.rawValue.utf8.map(Self.digit) }
        var digits: [Int] = []
        // While the result has the digits of the upper bound, it is bounded by it.
        var isBounded = high != nil
        for index in 0..<Self.maximumLength {
            let floor = index < low.count ? low[index] : 0
            var ceiling = Self.base
            if isBounded, let high {
                guard index < high.count else { return nil }
                ceiling = high[index]
            }
            guard floor <= ceiling else { return nil }
            if ceiling - floor > 1 {
                digits.append((floor + ceiling) / 2)
                rawValue = String(decoding: digits.map(Self.character), as: UTF8.self)
                return
            }
            digits.append(floor)
            if floor < ceiling { isBounded = false }
        }
        return nil
    }

    /// A place a small step above or below all others, so that places stay short however many are added there.
    /// - Parameter end: the first or the last of the others.
    /// - Returns: nil if there is no room.
    package init?(beyond end: Position, isAbove: Bool) {
        let digits = end.rawValue.utf8.map(Self.digit)
        let number = (0..<8).reduce(0) { $0 * Self.base + ($1 < digits.count ? digits[$1] : 0) }
        let step = Self.base * Self.base * Self.base * Self.base
        let next = isAbove ? number - step : number + step
        guard (1..<(step * step)).contains(next) else { return nil }
        rawValue = Self.text(next, digits: 8)
    }

    /// True if it is so long that the order had better be renumbered.
    package var isLong: Bool { rawValue.utf8.count > 64 }

    /// Places at equal distances, with room before and after them.
    package static func evenly(_ count: Int) -> [Position] {
        // Four digits are enough for 1.6 million; more only shares places, and ids order those.
        let space = base * base * base * base
        let (margin, step) = (space / 4, max(1, space / 2 / (count + 1)))
        return (1...max(1, count)).map { number in
            Position(rawValue: text(min(margin + number * step, space - 1), digits: 4))
        }
    }

    private static func text(_ number: Int, digits count: Int) -> String {
        var (rest, digits) = (number, [UInt8](repeating: 0, count: count))
        for index in (0..<count).reversed() {
            digits[index] = character(rest % base)
            rest /= base
        }
        return String(decoding: digits, as: UTF8.self)
    }

    package static func < (left: Position, right: Position) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    private static let base = 36
    private static let maximumLength = 256

    private static func digit(_ character: UInt8) -> Int {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character - UInt8(ascii: "a")) + 10
        default: 0
        }
    }

    private static func character(_ digit: Int) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + UInt8(digit) : UInt8(ascii: "a") + UInt8(digit - 10)
    }
}
