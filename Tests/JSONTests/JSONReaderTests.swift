import JSON
import TestSupport
import Testing

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    @Test func `reads every kind of value`() throws {
        let value = try read(#" { "a" : [ 1, -2.5e1, true, false, null, "x" ], "b": {} } "#)

        guard case .object(let object) = value else { return #expect(Bool(false), "not an object") }
        #expect(
            object["a"] == .array([.integer(1), .double(-25), .bool(true), .bool(false), .null, .string("x")]))
        #expect(object["b"] == .object(JSONObject()))
        #expect(object["c"] == nil)
    }

    @Test func `reads escapes and surrogate pairs`() throws {
        #expect(try read(#""\"\\\/\b\f\n\r\t\u00e9\ud83e\udd8a""#) == .string("\"\\/\u{8}\u{c}\n\r\té🦊"))
    }

    @Test(arguments: [
        ("", "it is empty"), ("{", "a name in quotes"), ("[1,]", "a value is expected"),
        ("{\"a\":1,}", "a name in quotes"),
        ("01", "something follows"), ("1 2", "something follows"), ("nul", "a value is expected"),
        ("+1", "a value is expected"),
        ("1.", "a digit"), ("1e", "a digit"), (".5", "a value is expected"), ("NaN", "a value is expected"),
        ("\"a", "does not end"), ("\"\\x\"", "escape is unknown"), ("\"\n\"", "control character"),
        ("\"\\u00g0\"", "four hexadecimal"), ("\"\\ud800\"", "surrogate"), ("\"\\ud800\\u0041\"", "surrogate"),
        ("\"\\udc00\"", "surrogate"), ("\"\\u0000\"", "NUL"), ("1e400", "too large"), ("{\"a\":1,\"a\":2}", "twice"),
        (#"{"a":1,"\u0061":2}"#, "twice"), ("{a:1}", "a name in quotes"), ("{\"a\" 1}", "a colon"),
        ("[1 2]", "a comma"), ("\u{feff}{}", "a value is expected"), ("// x\n1", "a value is expected"),
    ])
    func `says what is wrong`(text: String, reason: String) {
        let error = #expect(throws: JSONError.self) { try self.read(text) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "none")")
    }

    @Test func `names equal to Swift but not byte for byte are two names`() throws {
        guard case .object(let object) = try read("{\"é\":1,\"e\u{301}\":2}") else { return }
        #expect(object["é"] == .integer(1))
        #expect(object["e\u{301}"] == .integer(2))
    }

    @Test func `finds a name that stands twice among very many`() throws {
        let members = (0..<20_000).map { "\"n\($0)\":0" }.joined(separator: ",")
        #expect(throws: Never.self) { try self.read("{\(members)}") }
        #expect(throws: JSONError.self) { try self.read("{\(members),\"n7\":0}") }
    }

    @Test func `goes 64 levels deep, not 65, and survives 100,000`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try self.read(nested(64)) }
        #expect(throws: JSONError.self) { try self.read(nested(65)) }
        #expect(throws: JSONError.self) { try self.read(String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test func `refuses bytes that are not UTF-8, UTF-16, and overlong forms`() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFE, 0xFF, 0x00, 0x31],
            [0x31, 0x00],
        ] {
            #expect(throws: JSONError.self) { try JSONReader.read(bytes) }
        }
    }

    @Test func `keeps whole numbers of 64 bits, and larger ones as doubles`() throws {
        #expect(try read("9223372036854775807") == .integer(.max))
        #expect(try read("-9223372036854775808") == .integer(.min))
        #expect(try read("9223372036854775808") == .double(9_223_372_036_854_775_808))
        #expect(try read("1e308") == .double(1e308))
    }

    @Test func `never crashes on random bytes`() {
        var random = SplitMix(state: 7)
        let alphabet = Array("{}[]\",:\\u0012eE+-.truefalsn \n\t".utf8) + [0, 0xC3, 0xA9, 0xFF]
        for _ in 0..<50_000 {
            let bytes = (0..<Int(random.next() % 40)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            _ = try? JSONReader.read(bytes)
        }
    }
}
