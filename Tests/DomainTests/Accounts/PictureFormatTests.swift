import Domain
import Testing

@Suite struct PictureFormatTests {
    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.filter { !$0.isWhitespace }
        return stride(from: 0, to: digits.count, by: 2).compactMap { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
        }
    }

    /// Heads of files that other programs wrote: the specification's own example, GIMP, libwebp's three forms.
    private let heads: [(PictureFormat, Int, Int, String)] = [
        (
            .png, 32, 16,
            """
            89504E470D0A1A0A 0000000D49484452 00000020 00000010 0800000000 A1B2C3D4 00000000 49454E44 AE426082
            """
        ),
        (
            .jpeg, 640, 480,
            """
            FFD8 FFE0 0010 4A46494600010100000100010000 FFFE 0004 4869 FFFF DB 0004 0000
            FFC0 0011 08 01E0 0280 03 012200 021101 031101
            """
        ),
        (.jpeg, 3, 2, "FFD8 FFC2 000B 08 0002 0003 01 011100"),
        (.webp, 16, 9, "52494646 16000000 57454250 56503820 0A000000 300100 9D012A 1000 0900"),
        (.webp, 300, 200, "52494646 12000000 57454250 5650384C 05000000 2F 2BC13100 00"),
        (.webp, 4096, 1, "52494646 16000000 57454250 56503858 0A000000 10000000 FF0F00 000000"),
    ]

    @Test func `reads what other programs wrote`() throws {
        for (format, width, height, head) in heads {
            let found = try #require(PictureFormat.read(bytes(head)), "\(head)")
            #expect(found.format == format)
            #expect(found.size == PictureFormat.Size(width: width, height: height))
        }
    }

    @Test func `takes nothing else for a picture`() {
        for text in [
            "", "GIF89a\u{1}\u{0}\u{1}\u{0}", "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7", "BM6\u{0}",
            "<html><script>alert(1)</script>", "RIFF\u{4}\u{0}\u{0}\u{0}WAVE",
        ] {
            #expect(PictureFormat.read(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func `a size that no screen has is not sane`() {
        for (width, height, isSane) in [
            (1, 1, true), (4096, 4096, true), (0, 1, false), (1, 0, false), (4097, 1, false), (1, 1 << 31, false),
        ] {
            #expect(PictureFormat.Size(width: width, height: height).isSane == isSane)
        }
    }

    @Test func `survives whatever a file says of itself`() {
        var random = SystemRandomNumberGenerator()
        for (_, _, _, head) in heads {
            let whole = bytes(head)
            for length in 0...whole.count { _ = PictureFormat.read(Array(whole.prefix(length))) }
            for _ in 0..<2000 {
                var spoilt = whole
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    spoilt[Int.random(in: spoilt.indices, using: &random)] = .random(in: 0...255, using: &random)
                }
                if let size = PictureFormat.read(spoilt)?.size { #expect(size.width >= 0 && size.height >= 0) }
            }
        }
        for _ in 0..<500 {
            // Segments that each point to the next, and beyond.
            var jpeg: [UInt8] = [0xFF, 0xD8]
            for _ in 0..<200 {
                jpeg += [
                    0xFF, .random(in: 0...255, using: &random), .random(in: 0...1, using: &random),
                    .random(in: 0...255, using: &random),
                ]
            }
            _ = PictureFormat.read(jpeg)
        }
    }
}
