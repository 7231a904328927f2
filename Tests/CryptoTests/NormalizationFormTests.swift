import Basics
import Crypto
import TestSupport
import Testing

/// The digests are those of Python 3.11, whose unicodedata knows Unicode 14.
@Suite struct NormalizationFormTests {
    /// What was once assigned never changes, so newer tables give the same for it.
    private static func isOld(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.properties.generalCategory != .unassigned, let age = scalar.properties.age else { return false }
        return age.major <= 14
    }

    @Test(arguments: [
        (NormalizationForm.c, "4e2142bb12f2047abc688fe01a0be1b91b4adc497dbd4cb42acb3602edce3f3e"),
        (NormalizationForm.kc, "72796b7d0087839d8c88f225a2a7c8053c603344706dc4fdb25b713f8d18a57d"),
    ])
    func `agrees with Python's unicodedata on every character of Unicode 14`(
        form: NormalizationForm, digest: String
    ) throws {
        var (text, count) = ("", 0)
        for value in 0x80...0x10FFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value), Self.isOld(scalar) else { continue }
            // Between two letters and an accent, as composition looks at what stands beside.
            text += form.normalize("a\(scalar)\u{301}e")
            count += 1
        }
        #expect(count == 282_102)
        #expect(Hexadecimal.encode(try SHA256.hash(text.utf8)) == digest)
    }

    /// Where decompositions, marks and syllables are.
    private static let blocks: [ClosedRange<UInt32>] = [
        0x20...0x24F, 0x300...0x36F, 0x591...0x5C7, 0x64B...0x655, 0x900...0xDFF, 0xF40...0xFC6, 0x1026...0x1039,
        0x1100...0x11FF, 0x1B05...0x1B44, 0x1E00...0x1FFF, 0x2000...0x2200, 0x3040...0x30FF, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFB00...0xFDFF, 0xFE20...0xFEFF, 0xFF00...0xFFEF, 0x1109A...0x11134, 0x1D15E...0x1D1AD,
        0x2F800...0x2FA1D,
    ]

    @Test(arguments: [
        (NormalizationForm.c, "1981f09822f7610236a2de2beda03ef7f96443b7d836a503da0117ed04787af2"),
        (NormalizationForm.kc, "3cb7d6387535e40ef414b10222802fc422c94771f31efa79cef1b4f2b0147f8c"),
    ])
    func `agrees with Python's unicodedata on 20,000 random texts`(form: NormalizationForm, digest: String) throws {
        var random = SplitMix(state: 19)
        var output = ""
        for _ in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<(1 + random.below(12)) {
                let block = Self.blocks[random.below(Self.blocks.count)]
                let value = block.lowerBound + UInt32(random.below(block.count))
                if let scalar = Unicode.Scalar(value), Self.isOld(scalar) { text.append(scalar) }
            }
            let normalized = form.normalize(String(text))
            #expect(form.normalize(normalized).utf8.elementsEqual(normalized.utf8))
            output += normalized
            output += "\n"
        }
        #expect(Hexadecimal.encode(try SHA256.hash(output.utf8)) == digest)
    }

    @Test(arguments: [
        ("", "", ""), ("plain ASCII, \u{0} and all", "plain ASCII, \u{0} and all", "plain ASCII, \u{0} and all"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}", "\u{D55C}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}", "q\u{323}\u{307}"),
        ("ＡＢＣ ﬁ ½ … ㍿", "ＡＢＣ ﬁ ½ … ㍿", "ABC fi 1\u{2044}2 ... 株式会社"), ("µ²", "µ²", "\u{3BC}2"),
        ("\u{212B}", "\u{C5}", "\u{C5}"),
    ])
    func `makes one spelling of several`(text: String, c: String, kc: String) {
        #expect(NormalizationForm.c.normalize(text).utf8.elementsEqual(c.utf8))
        #expect(NormalizationForm.kc.normalize(text).utf8.elementsEqual(kc.utf8))
    }
}
