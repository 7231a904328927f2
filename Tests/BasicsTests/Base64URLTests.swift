import Basics
import Testing

@Suite struct Base64URLTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func `agrees with RFC 4648, section 10, without padding`(plain: String, encoded: String) {
        #expect(Base64URL.encode(plain.utf8) == encoded)
        #expect(Base64URL.decode(encoded.utf8) == Array(plain.utf8))
    }

    @Test func `uses the URL-safe alphabet`() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xFE]) == "-__-")
        #expect(Base64URL.decode("-__-".utf8) == [0xFB, 0xFF, 0xFE])
    }

    @Test(arguments: ["Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm 8", "Zm8\n", "Zm+v", "Zm/v", "Zm9vé"])
    func `refuses padding, spaces, foreign letters and bits left over`(text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }

    @Test func `every value of up to two bytes comes back`() {
        for first in UInt8.min...UInt8.max {
            #expect(Base64URL.decode(Base64URL.encode([first]).utf8) == [first])
            for second in UInt8.min...UInt8.max {
                #expect(Base64URL.decode(Base64URL.encode([first, second]).utf8) == [first, second])
            }
        }
    }
}
