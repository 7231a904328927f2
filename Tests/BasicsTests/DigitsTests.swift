import Testing

@Suite struct DigitsTests {
    @Test(arguments: [
        "", "+5", "-5", "-0", " 5", "5 ", "0x5", "1e3", "5.0", "1_000", "٥", "５", "\u{0}5", "5\n", "five",
        "9223372036854775808", "18446744073709551616", "99999999999999999999999999",
    ])
    func `is no number`(text: String) {
        #expect(Int(digits: text) == nil)
    }

    @Test func `takes all that fits its type, and not one more`() {
        #expect(Int(digits: "0") == 0)
        #expect(Int(digits: "0080") == 80)
        #expect(Int64(digits: String(Int64.max)) == .max)
        #expect(UInt16(digits: "65535") == 65_535)
        #expect(UInt16(digits: "65536") == nil)
        #expect(UInt8(digits: "255") == 255)
        #expect(Int8(digits: "128") == nil)
        #expect(UInt64(digits: String(UInt64.max)) == .max)
        #expect(Int(digits: String(repeating: "0", count: 100) + "7") == 7)
    }

    @Test func `random bytes never end the program, and agree with Swift's own reader where they are digits`() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("0123456789+- xe.".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...22, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let isDigits = !bytes.isEmpty && bytes.allSatisfy { (0x30...0x39).contains($0) }
            #expect(Int32(digits: bytes) == (isDigits ? Int32(text) : nil))
            #expect(Int(digits: text) == (isDigits ? Int(text) : nil))
        }
    }
}
