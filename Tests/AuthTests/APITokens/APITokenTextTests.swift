import Testing

@testable import Auth

@Suite struct APITokenTextTests {
    // The checksums are zlib's, in base 62.
    private static let valid = [
        "lk_0123456789abcdefghijABCDEFGHIJ01234567891hXi6t", "lk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1vfKdg",
        "lk_Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z94dWPUd", "lk_a2NQPIxgvmg1v5x5s0OHTHooNelsUnLOTp7UM9Q900m3dx",
    ]

    @Test(arguments: valid)
    func `accepts texts whose checksum is zlib's`(text: String) {
        #expect(APITokenText(text)?.text == text)
    }

    @Test func `generates unique texts of one format`() throws {
        let texts = try (0..<200).map { _ in try APITokenText.make().text }
        #expect(Set(texts).count == texts.count)
        for text in texts {
            #expect(text.wholeMatch(of: /lk_[0-9A-Za-z]{46}/) != nil)
            #expect(APITokenText(text)?.text == text)
        }
    }

    @Test(arguments: valid)
    func `refuses every changed, swapped, missing or added character`(text: String) {
        let bytes = Array(text.utf8)
        func refuses(_ bytes: [UInt8]) -> Bool { APITokenText(String(decoding: bytes, as: UTF8.self)) == nil }
        for index in bytes.indices {
            for other in "aZ0_-. ".utf8 where other != bytes[index] {
                var changed = bytes
                changed[index] = other
                #expect(refuses(changed))
            }
            var shorter = bytes
            shorter.remove(at: index)
            #expect(refuses(shorter) && refuses(bytes + [bytes[index]]))
            guard index > 0, bytes[index] != bytes[index - 1] else { continue }
            var swapped = bytes
            swapped.swapAt(index, index - 1)
            #expect(refuses(swapped))
        }
    }

    @Test(arguments: ["", "lk_", "lk", "LK_" + valid[0].dropFirst(3), "\u{212A}" + valid[0], valid[0] + "\n"])
    func `refuses texts that are not tokens`(text: String) { #expect(APITokenText(text) == nil) }
}
