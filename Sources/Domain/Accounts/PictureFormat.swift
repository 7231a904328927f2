/// The accepted picture formats, recognized by their leading bytes and never by file name or declared type.
package enum PictureFormat: String, Sendable, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case webp = "image/webp"

    package var mediaType: String { rawValue }

    /// Width and height in pixels.
    package struct Size: Sendable, Hashable {
        package let width: Int
        package let height: Int

        /// Limits decoded size: a small file can describe a picture that exhausts a viewer's memory.
        package static let maximumSide = 4096

        package init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        package var isSane: Bool {
            (1...Self.maximumSide).contains(width) && (1...Self.maximumSide).contains(height)
        }
    }

    /// The format and size from the file's own header; nil if it is none of these formats.
    package static func read(_ content: [UInt8]) -> (format: PictureFormat, size: Size)? {
        let bytes = FileBytes(content)
        if let size = pngSize(bytes) { return (.png, size) }
        if let size = jpegSize(bytes) { return (.jpeg, size) }
        if let size = webpSize(bytes) { return (.webp, size) }
        return nil
    }

    /// PNG specification, sections 5.2 and 11.2.2: the signature, and a header of 13 bytes in the first chunk.
    private static func pngSize(_ bytes: FileBytes) -> Size? {
        guard bytes.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], at: 0), bytes.has([0, 0, 0, 13], at: 8),
            bytes.has("IHDR", at: 12), let width = bytes.big(4, at: 16), let height = bytes.big(4, at: 20),
            bytes.count > 33
        else { return nil }
        return Size(width: width, height: height)
    }

    /// ITU-T T.81, annex B: segments, of which a frame header holds the size.
    private static func jpegSize(_ bytes: FileBytes) -> Size? {
        guard bytes.has([0xFF, 0xD8, 0xFF], at: 0) else { return nil }
        var position = 2
        while bytes[position] == 0xFF, let marker = bytes[position + 1] {
            switch marker {
            // Markers may be preceded by fill bytes.
            case 0xFF: position += 1
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let height = bytes.big(2, at: position + 5), let width = bytes.big(2, at: position + 7) else {
                    return nil
                }
                return Size(width: width, height: height)
            // Standalone markers and the end of the image cannot precede the frame.
            case 0x00, 0x01, 0xD0...0xDA: return nil
            default:
                guard let length = bytes.big(2, at: position + 2), length >= 2 else { return nil }
                position += 2 + length
            }
        }
        return nil
    }

    /// RFC 9649, section 2: a RIFF file whose first chunk is one of three, each with the size in its own form.
    private static func webpSize(_ bytes: FileBytes) -> Size? {
        guard bytes.has("RIFF", at: 0), bytes.has("WEBP", at: 8), let length = bytes.little(4, at: 4),
            length + 8 == bytes.count
        else { return nil }
        if bytes.has("VP8X", at: 12), let width = bytes.little(3, at: 24), let height = bytes.little(3, at: 27) {
            return Size(width: width + 1, height: height + 1)
        }
        if bytes.has("VP8L", at: 12), bytes[20] == 0x2F, let packed = bytes.little(4, at: 21) {
            return Size(width: packed & 0x3FFF + 1, height: packed >> 14 & 0x3FFF + 1)
        }
        // RFC 6386, section 9.1: a key frame, which begins with its own start code.
        if bytes.has("VP8 ", at: 12), bytes.has([0x9D, 0x01, 0x2A], at: 23),
            let width = bytes.little(2, at: 26), let height = bytes.little(2, at: 28)
        {
            return Size(width: width & 0x3FFF, height: height & 0x3FFF)
        }
        return nil
    }
}

/// Bytes of an untrusted file: whatever lengths it declares, reads never go beyond its end.
private struct FileBytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    subscript(position: Int) -> UInt8? { bytes.indices.contains(position) ? bytes[position] : nil }

    func has(_ expected: [UInt8], at position: Int) -> Bool {
        expected.indices.allSatisfy { self[position + $0] == expected[$0] }
    }

    func has(_ expected: String, at position: Int) -> Bool { has(Array(expected.utf8), at: position) }

    /// A big-endian number of at most four bytes.
    func big(_ length: Int, at position: Int) -> Int? {
        var value = 0
        for offset in 0..<length {
            guard let byte = self[position + offset] else { return nil }
            value = value << 8 | Int(byte)
        }
        return value
    }

    /// The same, little-endian.
    func little(_ length: Int, at position: Int) -> Int? {
        var value = 0
        for offset in (0..<length).reversed() {
            guard let byte = self[position + offset] else { return nil }
            value = value << 8 | Int(byte)
        }
        return value
    }
}
