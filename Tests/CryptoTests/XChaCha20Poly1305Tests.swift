import Basics
import Testing

@testable import Crypto

@Suite struct XChaCha20Poly1305Tests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] { Hexadecimal.decode(trusted: hexadecimal.utf8) }

    /// Section 2.2.1 of draft-irtf-cfrg-xchacha-03.
    @Test func `makes the subkey of the draft`() {
        let subkey = XChaCha20Poly1305.hChaCha20(
            key: Array(0...31), nonce: Self.bytes("000000090000004a0000000031415927"))
        #expect(
            Hexadecimal.encode(subkey) == "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
    }

    private static let key = Array(UInt8(0x80)...0x9F)
    private static let data = bytes("50515253c0c1c2c3c4c5c6c7")
    /// Section A.3.1: nonce, encrypted text and tag.
    private static let sealed = bytes(
        "404142434445464748494a4b4c4d4e4f5051525354555657"
            + "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
            + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
            + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            + "21f9664c97637da9768812f615c68b13b52e" + "c0875924c1c7987947deafd8780acf49")

    @Test func `opens the text of the draft, with its associated data`() throws {
        let opened = try XChaCha20Poly1305.open(Self.sealed, key: Self.key, data: Self.data)
        let text =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        #expect(opened.map { String(decoding: $0, as: UTF8.self) } == text)
    }

    @Test func `opens nothing that was changed, and nothing with another key`() throws {
        for index in Self.sealed.indices {
            var changed = Self.sealed
            changed[index] ^= 1
            #expect(try XChaCha20Poly1305.open(changed, key: Self.key, data: Self.data) == nil)
        }
        #expect(try XChaCha20Poly1305.open(Self.sealed, key: Self.key) == nil)
        #expect(try XChaCha20Poly1305.open(Self.sealed, key: Self.key.reversed(), data: Self.data) == nil)
        for length in 0..<Self.sealed.count {
            let short = Array(Self.sealed.prefix(length))
            #expect(try XChaCha20Poly1305.open(short, key: Self.key, data: Self.data) == nil)
        }
        #expect(try XChaCha20Poly1305.open(Self.sealed, key: [1], data: Self.data) == nil)
    }

    /// As Better Auth stores a secret: under the SHA-256 of its own, without associated data.
    @Test func `opens a text without associated data`() throws {
        let sealed = Self.bytes(
            "000102030405060708090a0b0c0d0e0f101112131415161733defd52b0d46f5380858a931b6f4ae65e403305a027fe4928ffd5f5de3ecfc926cdafbd7b0de531be9ded99168685a5"
        )
        let key = try SHA256.hash("example-secret-example-secret-example-1".utf8)
        let opened = try XChaCha20Poly1305.open(sealed, key: key)
        #expect(opened.map { String(decoding: $0, as: UTF8.self) } == "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345")
    }
}
