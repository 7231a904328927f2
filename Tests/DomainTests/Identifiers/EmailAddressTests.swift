import Domain
import Testing

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("alice@example.com", "alice@example.com"),
        ("  Alice@EXAMPLE.com\t\r\n", "alice@example.com"),
        ("o'brien+list@mail.example.co.uk", "o'brien+list@mail.example.co.uk"),
        ("_a.b-c@x-y.org", "_a.b-c@x-y.org"),
    ])
    func `takes an address, trimmed and in lower case`(input: String, text: String) {
        #expect(EmailAddress(input)?.text == text)
    }

    @Test(arguments: [
        "", "@", "a@", "@b.cd", "a", "a@localhost", "a@b.c", "a@b..cd", ".a@b.cd", "a.@b.cd", "a..b@c.de", "a@-b.cd",
        "a@b.c1", "a b@c.de", "a@b@c.de", "a@b.cd.", "a\u{0}@b.cd", "a\r\nb@c.de", "a\u{1b}@b.cd", "\u{212A}@b.cd",
        "é@b.cd", "a@bücher.de", "\u{a0}a@b.cd", "a@b.cd\u{200b}", "\u{feff}a@b.cd", "a<b@c.de", "a,b@c.de",
    ])
    func `refuses invalid addresses, and anything beyond ASCII`(input: String) {
        #expect(EmailAddress(input) == nil)
    }

    @Test func `takes 254 bytes and not one more`() {
        let domain = [String(repeating: "b", count: 63), String(repeating: "c", count: 63), "dd"].joined(separator: ".")
        let local = String(repeating: "a", count: 64)
        let room = 254 - local.utf8.count - 1 - domain.utf8.count - 1
        let longest = "\(local)@\(String(repeating: "e", count: min(room, 63))).\(domain)"

        #expect(longest.utf8.count <= 254)
        #expect(EmailAddress(longest) != nil)
        #expect(EmailAddress("\(local)a@example.com") == nil)
        #expect(EmailAddress(String(repeating: "a", count: 60_000) + "@b.cd") == nil)
        #expect(EmailAddress(String(repeating: " ", count: 60_000) + "a@b.cd") == nil)
    }
}
