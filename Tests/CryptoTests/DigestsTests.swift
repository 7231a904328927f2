import Basics
import Crypto
import Testing

@Suite struct DigestsTests {
    @Test func `SHA-256 agrees with FIPS 180-4`() throws {
        #expect(
            Hexadecimal.encode(try SHA256.hash("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hexadecimal.encode(try SHA256.hash([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `the digest of two pieces is that of both in one, wherever they meet`() throws {
        let bytes = (0..<200).map { _ in UInt8.random(in: .min ... .max) }
        for place in 0...bytes.count {
            let hasher = try SHA256Hasher()
            try hasher.update(bytes[..<place])
            try bytes[place...].withUnsafeBytes { try hasher.update($0) }
            let digest = try hasher.hash()
            #expect(digest == (try SHA256.hash(bytes)))
        }
    }

    @Test(arguments: [
        (
            Array(repeating: UInt8(0x0B), count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            Array(repeating: UInt8(0xAA), count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func `HMAC-SHA-256 agrees with RFC 4231, twice from one key`(key: [UInt8], message: String, code: String) throws {
        let hmac = try HMACSHA256(key: key)
        #expect(Hexadecimal.encode(try hmac.code(for: message.utf8)) == code)
        #expect(Hexadecimal.encode(try hmac.code(for: Array(message.utf8)[...])) == code)
    }

    @Test func `one key serves many threads at once`() async throws {
        let hmac = try HMACSHA256(key: Array("key".utf8))
        let expected = try hmac.code(for: "x".utf8)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { try (0..<2000).allSatisfy { _ in try hmac.code(for: "x".utf8) == expected } }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func `random letters are of the right number and kind, and never the same`() throws {
        let texts = try (0..<1000).map { _ in try SecureRandom.alphanumerics(32) }
        #expect(Set(texts).count == 1000)
        #expect(
            texts.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } })
    }

    @Test func `comparison tells equal from unequal, also by length`() {
        #expect(ConstantTime.isEqual([1, 2], [1, 2]))
        #expect(!ConstantTime.isEqual([1, 2], [1, 3]))
        #expect(!ConstantTime.isEqual([1, 2], [1, 2, 3]))
        #expect(ConstantTime.isEqual([], []))
    }
}
