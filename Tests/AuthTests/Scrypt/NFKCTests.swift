import Testing

@testable import Auth

@Suite struct NFKCTests {
    @Test func `agrees with Python's unicodedata on every character of Unicode 14`() throws {
        var (text, count) = ("", 0)
        for value in 0x80...0x10FFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory != .unassigned else { continue }
            // What was once assigned never changes, so newer tables give the same here.
            guard let age = scalar.properties.age, age.major <= 14 else { continue }
            // Between two letters and an accent, as composition looks at what stands beside.
            text += NFKC.normalized("a\(scalar)\u{301}e")
            count += 1
        }
        #expect(count == 282_102)
        #expect(
            Crypto.hexadecimal(try Crypto.sha256(text.utf8))
                == "72796b7d0087839d8c88f225a2a7c8053c603344706dc4fdb25b713f8d18a57d")
    }

    @Test(arguments: [
        ("", ""), ("plain ASCII, \u{0} and all", "plain ASCII, \u{0} and all"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
        ("ＡＢＣ ﬁ ½ … ㍿", "ABC fi 1\u{2044}2 ... 株式会社"), ("µ²", "\u{3BC}2"),
    ])
    func `makes one spelling of several`(text: String, normalized: String) {
        #expect(NFKC.normalized(text).utf8.elementsEqual(normalized.utf8))
    }
}
