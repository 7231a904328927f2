import Basics
import Domain
import Testing

@Suite struct VisibilityTests {
    private static let invisible = [
        "", " ", "\u{200B}", "\u{3164}", "\u{2800}", "\u{AD}", "\u{2060}", "\u{FEFF}", "\u{115F}\u{1160}", "\u{FFA0}",
        "\u{FE0F}", "\u{E0001}\u{E0041}", "\u{E0100}", "\u{202E}\u{2069}", "\u{301}", " \u{20E3} ", "\u{0}", "\u{1B}",
        "\u{2028}\u{2029}", "\u{180E}", "\u{1D173}", "\u{903}",
    ]

    @Test(arguments: invisible)
    func `titles and names of invisible characters are empty`(text: String) throws {
        #expect(throws: AppError.invalid([FieldIssue("title", "Enter a title.", .tooShort)])) { try TaskTitle(text) }
        #expect(!text.isVisible)
    }

    @Test(arguments: [
        "a", "0", "!", "é", "e\u{301}", "🦊", "👩\u{200D}🚀", "\u{200F}שלום", "하", "\u{1112}\u{1161}", "⠁", "\u{E000}",
        "\u{FFFD}", "\u{FFFF}", "\u{2E1}", "ㄱ", "\u{200B}x",
    ])
    func `a text with one visible character is a title`(text: String) throws {
        #expect(try TaskTitle(text).text.utf8.elementsEqual(text.utf8))
    }

    @Test(arguments: invisible.filter { !$0.unicodeScalars.contains { $0.properties.generalCategory == .control } })
    func `a username of invisible characters counts as none`(text: String) throws {
        #expect(try Username.checked(text) == nil)
    }

    @Test func `agrees with Python's unicodedata on every character of Unicode 14`() throws {
        // Categories Cc, Cf, Zs, Zl, Zp, Mn, Mc and Me, Default_Ignorable_Code_Point, and U+2800: 2,660 code points.
        var found: [String] = []
        for value in 0...0x10FFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory != .unassigned,
                let age = scalar.properties.age, age.major <= 14
            else { continue }
            if !String(scalar).isVisible { found.append(String(value, radix: 16, uppercase: true)) }
        }
        #expect(found.count == 2660)
        #expect(fnv1a(found.joined(separator: " ")) == 0x84D3_9666_F085_4276)
    }

    private func fnv1a(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
