import Crypto
import TestSupport
import Testing

@Suite struct CBORReaderTests {
    @Test(
        arguments: [
            ([0x00], .integer(0)), ([0x17], .integer(23)), ([0x18, 0x18], .integer(24)),
            ([0x19, 0x01, 0x00], .integer(256)), ([0x1A, 0x00, 0x01, 0x00, 0x00], .integer(65_536)),
            ([0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .integer(.max)),
            ([0x20], .integer(-1)), ([0x39, 0x01, 0x00], .integer(-257)),
            ([0x3B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .integer(.min)),
            ([0x40], .bytes([])), ([0x42, 0x01, 0xFF], .bytes([1, 255])), ([0x62, 0xC3, 0xBC], .text("ü")),
            ([0x82, 0x01, 0x80], .array([.integer(1), .array([])])),
            ([0xA2, 0x01, 0xF5, 0x61, 0x61, 0xF4], .map([.integer(1): .bool(true), .text("a"): .bool(false)])),
            ([0xF6], .null),
        ] as [([UInt8], CBORValue)])
    func `reads each type`(bytes: [UInt8], value: CBORValue) throws {
        #expect(try CBORReader.read(bytes) == value)
    }

    @Test(
        arguments: [
            [], [0x00, 0x00], [0x18], [0x18, 0x17], [0x19, 0x00, 0xFF], [0x1A, 0x00, 0x00, 0xFF, 0xFF],
            [0x1B, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0x1B, 0x80, 0, 0, 0, 0, 0, 0, 0],
            [0x1C], [0x1F], [0x41], [0x5F, 0x40, 0xFF], [0x61, 0xFF], [0x7F, 0xFF], [0x81],
            [0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x9F, 0xFF],
            [0xBB, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xA1, 0x01], [0xA2, 0x01, 0x00, 0x01, 0x00],
            [0xA1, 0x40, 0x00], [0xA1, 0xF5, 0x00], [0xBF, 0xFF], [0xC0, 0x00], [0xE0], [0xF7], [0xF8, 0x14],
            [0xF9, 0x00, 0x00], [0xFB, 0, 0, 0, 0, 0, 0, 0, 0], [0xFF],
        ] as [[UInt8]])
    func `refuses all else`(bytes: [UInt8]) {
        #expect(throws: CBORReader.Refusal.self) { try CBORReader.read(bytes) }
    }

    @Test func `is at most eight levels deep`() throws {
        func nested(_ depth: Int) -> [UInt8] { [UInt8](repeating: 0x81, count: depth) + [0x00] }
        _ = try CBORReader.read(nested(8))
        for depth in [9, 100_000] {
            #expect(throws: CBORReader.Refusal.self) { try CBORReader.read(nested(depth)) }
        }
    }

    @Test func `survives whatever it is given`() throws {
        var random = SplitMix(state: 36)
        for _ in 0..<20_000 * fuzzFactor {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            var reader = CBORReader(bytes)
            while (try? reader.value()) != nil, !reader.isAtEnd {}
            #expect(reader.position <= bytes.count)
        }
    }
}
