import Basics
import Crypto
import Testing

@Suite struct OneTimePasswordTests {
    private static let secret = Array("12345678901234567890".utf8)

    /// Appendix D of RFC 4226.
    @Test(
        arguments: zip(
            Int64(0)...9,
            [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
            ]))
    func `gives the codes of RFC 4226`(counter: Int64, code: String) throws {
        #expect(try OneTimePassword.code(of: counter, secret: Self.secret) == code)
    }

    /// Appendix B of RFC 6238, with the secrets of the lengths that its program uses.
    @Test(
        arguments: [
            (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
        ] as [(Int64, String, String, String)])
    func `gives the codes of RFC 6238`(seconds: Int64, sha1: String, sha256: String, sha512: String) throws {
        let digits = Array("1234567890".utf8)
        for (hash, length, expected) in [(.sha1, 20, sha1), (.sha256, 32, sha256), (.sha512, 64, sha512)]
            as [(OneTimePassword.Hash, Int, String)]
        {
            let secret = (0..<length).map { digits[$0 % 10] }
            let code = try OneTimePassword.code(
                of: OneTimePassword.step(at: seconds), secret: secret, digits: 8, hash: hash)
            #expect(code == expected, "\(hash.rawValue)")
        }
    }

    @Test func `finds the step of a code among its neighbours`() throws {
        for offset in Int64(-2)...2 {
            let code = try OneTimePassword.code(of: 1000 + offset, secret: Self.secret)
            let found = try OneTimePassword.step(of: code, secret: Self.secret, around: 1000)
            #expect(found == (abs(offset) <= 1 ? 1000 + offset : nil))
            #expect(
                try OneTimePassword.step(of: code, secret: Self.secret, around: 1000, tolerance: 2) == 1000 + offset)
        }
        for wrong in ["", "0", "00000000000000"] {
            #expect(try OneTimePassword.step(of: wrong, secret: Self.secret, around: 1000) == nil)
        }
    }

    /// Section 10 of RFC 4648, without its padding.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func `writes base 32 as RFC 4648 has it`(text: String, encoded: String) {
        #expect(Base32.encode(text.utf8) == encoded)
    }

    @Test func `reseals under the current secret a text that another one has sealed`() throws {
        let (old, new) = (Array("an old secret of enough bytes".utf8), Array("a new secret of enough bytes".utf8))
        let (before, rotated) = (Secrets(current: old), Secrets(current: new, previous: [old]))
        let (plain, binding) = (Array("plain".utf8), Array("row 1".utf8))
        let sealed = try before.seal(plain, boundTo: binding)
        let resealed = try #require(try rotated.reseal(sealed, boundTo: binding))
        #expect(try Secrets(current: new).open(resealed, boundTo: binding) == plain)
        #expect(try rotated.reseal(resealed, boundTo: binding) == nil)
        #expect(try rotated.reseal(sealed, boundTo: Array("row 2".utf8)) == nil)
        #expect(try before.reseal(sealed, boundTo: binding) == nil)
    }
}
