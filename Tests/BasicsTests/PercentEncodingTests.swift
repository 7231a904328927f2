import Basics
import Testing

@Suite struct PercentEncodingTests {
    @Test func `decodes once and strictly`() {
        #expect(PercentEncoding.decode("a%20b+c".utf8) == "a b+c")
        #expect(PercentEncoding.decode("a%20b+c".utf8, plusIsSpace: true) == "a b c")
        #expect(PercentEncoding.decode("%252e".utf8) == "%2e")
        #expect(PercentEncoding.decode("%C3%a9".utf8) == "é")
        for text in ["%", "%2", "%zz", "%00", "%c0%af", "%ed%a0%80", "%ff"] {
            #expect(PercentEncoding.decode(text.utf8) == nil, "\(text)")
        }
    }

    @Test func `joins the fields of a form`() {
        #expect(PercentEncoding.encodeForm([]) == "")
        #expect(PercentEncoding.encodeForm([("a", "b c"), ("ü", ""), ("", "&=")]) == "a=b%20c&%C3%BC=&=%26%3D")
    }

    @Test func `encodes everything but the unreserved`() {
        #expect(
            PercentEncoding.encodeComponent("aZ0-._~ /?&=%é\"\u{301}") == "aZ0-._~%20%2F%3F%26%3D%25%C3%A9%22%CC%81")
    }
}
