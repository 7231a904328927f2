import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func `puts commas where they belong`() {
        var json = JSONWriter()
        json.object {
            $0.member("a", "x")
            $0.member("b", nil as String?)
            $0.name("c")
            $0.array {
                $0.integer(-1)
                $0.bool(true)
                $0.object { _ in }
            }
            $0.member("d", false)
        }
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":"x","b":null,"c":[-1,true,{}],"d":false}"#)
    }

    @Test func `escapes byte by byte, so that an accent does not hide a quote`() {
        var json = JSONWriter()
        json.string("\"\u{301}\\\r\n\t\u{1}\u{7f}é🦊\u{2028}")
        #expect(
            String(decoding: json.bytes, as: UTF8.self) == "\"\\\"\u{301}\\\\\\r\\n\\t\\u0001\\u007fé🦊\u{2028}\"")
    }

    @Test func `what it writes, the reader reads back`() throws {
        for scalar in (0...0x2FFF).compactMap(Unicode.Scalar.init) where scalar != "\0" {
            var json = JSONWriter()
            let text = "a\(scalar)b"
            json.string(text)
            #expect(try JSONReader.read(json.bytes) == .string(text))
        }
    }

    @Test func `finds what is to be escaped at every place of every length`() throws {
        let bytes = (1...0x7F).map { UInt8($0) }
        for length in 1...20 {
            for place in 0..<length {
                for byte in bytes {
                    var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    text[place] = byte
                    var json = JSONWriter()
                    json.string(utf8: text[...])
                    let expected = String(decoding: text, as: UTF8.self)
                    try #require(try JSONReader.read(json.bytes) == .string(expected), "\(text)")
                    let isEscaped = byte < 0x20 || byte == 0x7F || byte == 0x22 || byte == 0x5C
                    try #require(json.bytes.contains(UInt8(ascii: "\\")) == isEscaped, "\(text)")
                }
            }
        }
    }

    @Test func `random bytes come back as the text that Swift makes of them`() throws {
        let kinds: [ClosedRange<UInt8>] = [0x20...0x7E, 0x80...0xFF, 0x01...0xFF, 0x22...0x23]
        for length in 0...40 {
            for kind in kinds {
                for _ in 0..<20 {
                    // Mostly letters, so that the rest is met at any place.
                    let bytes = (0..<length).map { _ in
                        UInt8.random(in: Int.random(in: 0..<8) == 0 ? kind : 0x61...0x7A)
                    }
                    let expected = String(decoding: bytes, as: UTF8.self)
                    // Small, so that there is no room but what is asked for.
                    var fromBytes = JSONWriter(capacity: 1)
                    var fromText = JSONWriter(capacity: 1)
                    let before = String(repeating: "x", count: .random(in: 0..<20))
                    fromBytes.array {
                        $0.string(before)
                        $0.string(utf8: bytes[...])
                    }
                    fromText.array {
                        $0.string(before)
                        $0.string(expected)
                    }
                    try #require(
                        try JSONReader.read(fromBytes.bytes) == .array([.string(before), .string(expected)]), "\(bytes)"
                    )
                    try #require(fromBytes.bytes == fromText.bytes, "\(bytes)")
                }
            }
        }
    }

    @Test func `bytes that are no UTF-8 become text that is`() throws {
        for (bytes, expected) in [
            ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xC3], "\u{FFFD}"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xC3, 0xA9], "é"), ([], ""), ([0xF0, 0x9F, 0xA6, 0x8A, 0x22], "🦊\""),
        ] as [([UInt8], String)] {
            var json = JSONWriter()
            json.string(utf8: bytes[...])
            #expect(try JSONReader.read(json.bytes) == .string(expected), "\(bytes)")
        }
    }
}
