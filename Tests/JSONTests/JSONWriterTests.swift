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
}
