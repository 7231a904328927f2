/// The modules of a QR code while it is drawn: its patterns first, then the data in what is left, masked.
struct QRMatrix {
    let version: QRVersion
    private(set) var rows: [[Bool]]
    /// True for modules that hold no data.
    private var isReserved: [[Bool]]

    private var size: Int { version.size }

    /// The code of these bytes, unmasked.
    init(_ version: QRVersion, _ codewords: [UInt8]) {
        self.version = version
        rows = Array(repeating: Array(repeating: false, count: version.size), count: version.size)
        isReserved = rows
        drawFinders()
        drawAlignments()
        drawTiming()
        drawFormat(mask: 0)
        drawVersion()
        fill(codewords)
    }

    private mutating func set(_ row: Int, _ column: Int, _ isDark: Bool) {
        rows[row][column] = isDark
        isReserved[row][column] = true
    }

    // MARK: Patterns

    private mutating func drawFinders() {
        for (top, left) in [(0, 0), (0, size - 7), (size - 7, 0)] {
            for row in -1...7 {
                for column in -1...7 where rows.indices.contains(top + row) && rows.indices.contains(left + column) {
                    let distance = max(abs(row - 3), abs(column - 3))
                    set(top + row, left + column, distance <= 1 || distance == 3)
                }
            }
        }
    }

    private mutating func drawAlignments() {
        for row in version.centres {
            for column in version.centres where !isReserved[row][column] {
                for (down, right) in (-2...2).flatMap({ down in (-2...2).map { (down, $0) } }) {
                    set(row + down, column + right, max(abs(down), abs(right)) != 1)
                }
            }
        }
    }

    private mutating func drawTiming() {
        for index in 8..<size - 8 {
            set(6, index, index.isMultiple(of: 2))
            set(index, 6, index.isMultiple(of: 2))
        }
    }

    /// Level M, whose bits are zero, and the mask, twice; and the module that is always dark.
    private mutating func drawFormat(mask: Int) {
        let format = Self.checked(mask, by: 0b101_0011_0111, 10) ^ 0b101_0100_0001_0010
        for bit in 0..<15 {
            let isDark = format >> bit & 1 == 1
            set(bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit, 8, isDark)
            set(8, bit < 8 ? size - 1 - bit : bit == 8 ? 7 : 14 - bit, isDark)
        }
        set(size - 8, 8, true)
    }

    private mutating func drawVersion() {
        guard version.number >= 7 else { return }
        let number = Self.checked(version.number, by: 0b1_1111_0010_0101, 12)
        for bit in 0..<18 {
            let isDark = number >> bit & 1 == 1
            set(bit / 3, size - 11 + bit % 3, isDark)
            set(size - 11 + bit % 3, bit / 3, isDark)
        }
    }

    /// The value, followed by the remainder of its division by the polynomial: a BCH code.
    private static func checked(_ value: Int, by polynomial: Int, _ bits: Int) -> Int {
        var rest = value << bits
        while rest >> bits != 0 {
            rest ^= polynomial << (rest.bitWidth - rest.leadingZeroBitCount - bits - 1)
        }
        return value << bits | rest
    }

    // MARK: Data

    /// Fills two columns at a time, from the right, upwards and downwards in turn.
    private mutating func fill(_ codewords: [UInt8]) {
        let all: [Bool] = codewords.flatMap { byte in (0..<8).map { byte << UInt8($0) & 0x80 != 0 } }
        var bits = all.makeIterator()
        var isUpwards = true
        // Column 6 has the timing pattern.
        for right in Array(stride(from: size - 1, to: 6, by: -2)) + stride(from: 5, to: 0, by: -2) {
            for row in isUpwards ? Array((0..<size).reversed()) : Array(0..<size) {
                for column in [right, right - 1] where !isReserved[row][column] {
                    rows[row][column] = bits.next() ?? false
                }
            }
            isUpwards.toggle()
        }
    }

    /// The same code under one of the eight masks.
    func masked(by mask: Int) -> QRMatrix {
        var copy = self
        for row in 0..<size {
            for column in 0..<size where !isReserved[row][column] && Self.inverts(mask, row, column) {
                copy.rows[row][column].toggle()
            }
        }
        copy.drawFormat(mask: mask)
        return copy
    }

    private static func inverts(_ mask: Int, _ row: Int, _ column: Int) -> Bool {
        let product = row * column
        return switch mask {
        case 0: (row + column) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (row + column) % 3 == 0
        case 4: (row / 2 + column / 3) % 2 == 0
        case 5: product % 2 + product % 3 == 0
        case 6: (product % 2 + product % 3) % 2 == 0
        default: ((row + column) % 2 + product % 3) % 2 == 0
        }
    }

    // MARK: Penalty

    /// The higher, the harder to scan.
    var penalty: Int {
        let columns = (0..<size).map { column in rows.map { $0[column] } }
        let lines = (rows + columns).reduce(0) { $0 + Self.penalty(ofLine: $1) }
        var blocks = 0
        for row in 0..<size - 1 {
            for column in 0..<size - 1 {
                let first = rows[row][column]
                if first == rows[row][column + 1] && first == rows[row + 1][column]
                    && first == rows[row + 1][column + 1]
                {
                    blocks += 3
                }
            }
        }
        let dark = rows.joined().count { $0 } * 100 / (size * size)
        return lines + blocks + abs(dark - 50) / 5 * 10
    }

    /// Of runs of five or more, and of what looks like a finder.
    private static func penalty(ofLine line: [Bool]) -> Int {
        var (sum, run) = (0, 1)
        for index in 1...line.count {
            if index < line.count, line[index] == line[index - 1] {
                run += 1
            } else {
                sum += run >= 5 ? run - 2 : 0
                run = 1
            }
        }
        for start in 0...line.count - 11 {
            let part = line[start..<start + 11]
            if part.elementsEqual(finder) || part.elementsEqual(finder.reversed()) { sum += 40 }
        }
        return sum
    }

    private static let finder = [true, false, true, true, true, false, true, false, false, false, false]
}
