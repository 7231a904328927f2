/// A QR code (ISO/IEC 18004) of up to 287 bytes: byte mode, with error correction of level M.
package struct QRCode: Sendable, Equatable {
    /// True for dark modules, by rows.
    package let rows: [[Bool]]

    /// The number of light modules that a code needs around it.
    package static let margin = 4

    /// Nil for a text that is too long.
    /// - Parameter mask: 0 to 7; nil for the one that is easiest to scan.
    package init?(_ text: String, mask: Int? = nil) {
        guard let version = QRVersion.all.first(where: { $0.capacity >= text.utf8.count }) else { return nil }
        let matrix = QRMatrix(version, Self.codewords(of: Array(text.utf8), version))
        let masked = (mask.map { $0...$0 } ?? 0...7).map { matrix.masked(by: $0) }
        guard let best = masked.min(by: { $0.penalty < $1.penalty }) else { return nil }
        rows = best.rows
    }

    /// The data and its error correction, interleaved.
    private static func codewords(of text: [UInt8], _ version: QRVersion) -> [UInt8] {
        var rest = data(of: text, version)[...]
        let blocks = version.blocks.map { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let corrections = blocks.map { ReedSolomon.correction(of: $0, count: version.correction) }
        return interleaved(blocks) + interleaved(corrections)
    }

    private static func interleaved(_ blocks: [[UInt8]]) -> [UInt8] {
        (0..<(blocks.map(\.count).max() ?? 0)).flatMap { index in
            blocks.compactMap { index < $0.count ? $0[index] : nil }
        }
    }

    /// Mode and length, the text, and what fills the code up.
    private static func data(of text: [UInt8], _ version: QRVersion) -> [UInt8] {
        // The mode takes four bits, so each byte is spread over two.
        let length = version.lengthBits == 8 ? [UInt8(text.count)] : [UInt8(text.count >> 8), UInt8(text.count & 255)]
        var bytes: [UInt8] = []
        var half: UInt8 = 0b0100
        for byte in length + text {
            bytes.append(half << 4 | byte >> 4)
            half = byte & 15
        }
        bytes.append(half << 4)
        for index in 0..<version.bytes - bytes.count { bytes.append(index.isMultiple(of: 2) ? 0xEC : 0x11) }
        return bytes
    }
}

extension QRCode {
    /// The modules along each side of an image of the code, margins included.
    package var imageSize: Int { rows.count + 2 * Self.margin }

    /// The dark modules as the path of an SVG image of `imageSize` by `imageSize`: runs of modules in a row.
    package var path: String {
        var path = ""
        for (y, row) in rows.enumerated() {
            var x = 0
            while x < row.count {
                let length = row[x...].prefix { $0 }.count
                if length > 0 { path += "M\(x + Self.margin) \(y + Self.margin)h\(length)v1h-\(length)z" }
                x += length + 1
            }
        }
        return path
    }
}
