/// A size of QR codes, with the numbers of level M (ISO/IEC 18004, tables 7, 9 and E.1).
struct QRVersion: Sendable {
    let number: Int
    /// The bytes of error correction in each block.
    let correction: Int
    /// The bytes of data in each block.
    let blocks: [Int]
    /// The rows and columns of the centres of alignment patterns.
    let centres: [Int]

    private init(_ number: Int, _ correction: Int, _ blocks: [(count: Int, bytes: Int)], _ centres: [Int]) {
        (self.number, self.correction, self.centres) = (number, correction, centres)
        self.blocks = blocks.flatMap { Array(repeating: $0.bytes, count: $0.count) }
    }

    var size: Int { 17 + 4 * number }
    var bytes: Int { blocks.reduce(0, +) }
    /// The bits that tell the length of a text.
    var lengthBits: Int { number < 10 ? 8 : 16 }
    /// The bytes of text that fit: the mode takes half a byte, and what ends the text another.
    var capacity: Int { bytes - lengthBits / 8 - 1 }

    static let all = [
        QRVersion(1, 10, [(1, 16)], []),
        QRVersion(2, 16, [(1, 28)], [6, 18]),
        QRVersion(3, 26, [(1, 44)], [6, 22]),
        QRVersion(4, 18, [(2, 32)], [6, 26]),
        QRVersion(5, 24, [(2, 43)], [6, 30]),
        QRVersion(6, 16, [(4, 27)], [6, 34]),
        QRVersion(7, 18, [(4, 31)], [6, 22, 38]),
        QRVersion(8, 22, [(2, 38), (2, 39)], [6, 24, 42]),
        QRVersion(9, 22, [(3, 36), (2, 37)], [6, 26, 46]),
        QRVersion(10, 26, [(4, 43), (1, 44)], [6, 28, 50]),
        QRVersion(11, 30, [(1, 50), (4, 51)], [6, 30, 54]),
        QRVersion(12, 22, [(6, 36), (2, 37)], [6, 32, 58]),
    ]
}
