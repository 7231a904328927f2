import Testing

@testable import Auth

@Suite struct TypedCodeTests {
    @Test(arguments: ["123456", "123 456", " 123-456\n", "１２３４５６", "1 2 3 4 5 6", "123\u{2009}456", "123–456"])
    func `accepts six digits however they are typed`(text: String) {
        #expect(TypedCode(text) == .totp("123456"))
    }

    @Test func `accepts recovery codes in any case, and letters for digits that look alike`() throws {
        let code = try #require(RecoveryCodeText("0a1b2c3d4e"))
        for text in ["0a1b2-c3d4e", "0A1B2-C3D4E", "oAiB2 c3d4e", "0alb2c3d4e", " ０a１b2-c3d4e "] {
            #expect(TypedCode(text) == .recovery(code), "\(text)")
        }
        #expect(code.shown == "0a1b2-c3d4e")
    }

    @Test(arguments: [
        "", "12345", "1234567", "12345a", "٣٤٥٦٧٨", "0a1b2-c3d4", "0a1b2-c3d4e5", "0a1b2_c3d4e",
        "0a1b2-c3d4\u{E9}", String(repeating: " ", count: 200) + "123456",
    ])
    func `accepts nothing else`(text: String) {
        #expect(TypedCode(text) == nil)
    }

    @Test func `accepts codes of one method only, if requested`() {
        #expect(TypedCode("123456", of: .totp) == .totp("123456"))
        #expect(TypedCode("123456", of: .recoveryCode) == nil)
        #expect(TypedCode("0a1b2-c3d4e", of: .totp) == nil)
        #expect(TypedCode("0a1b2-c3d4e", of: .recoveryCode) == TypedCode("0a1b2-c3d4e"))
    }

    @Test func `makes codes of ten characters that can be read back`() throws {
        let codes = try (0..<200).map { _ in try RecoveryCodeText.make() }
        #expect(Set(codes.map(\.text)).count == 200)
        for code in codes {
            #expect(TypedCode(code.shown) == .recovery(code))
            #expect(code.shown.wholeMatch(of: /[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}/) != nil, "\(code.shown)")
        }
    }
}
