import Testing

@testable import Domain

@Suite struct EmailDomainTests {
    private func admits(_ list: String..., email: String) throws -> Bool {
        let domains = try list.map { try #require(EmailDomain($0), "\($0)") }
        return SignUpPolicy(domains: domains).admits(try #require(EmailAddress(email), "\(email)"))
    }

    @Test func `a domain admits its own addresses in any case, and no others`() throws {
        for email in ["a@example.com", "A@EXAMPLE.com", "a+b@Example.COM", "example.org@example.com"] {
            #expect(try admits("example.com", email: email), "\(email)")
            #expect(try admits("EXAMPLE.com", email: email), "\(email)")
        }
        for email in [
            "a@evil-example.com", "a@evilexample.com", "a@example.com.evil.org", "a@sub.example.com", "a@example.co",
            "a@example.comx", "a@xample.com", "example.com@evil.org", "a@com.example", "a@e.xample.com",
        ] { #expect(try !admits("example.com", email: email), "\(email)") }
    }

    @Test func `with a star it admits those below it, and not itself`() throws {
        for email in ["a@sub.example.com", "a@deep.sub.example.com", "a@SUB.Example.com"] {
            #expect(try admits("*.example.com", email: email), "\(email)")
        }
        for email in [
            "a@example.com", "a@evil-example.com", "a@subexample.com", "a@sub.example.com.evil.org",
            "a@sub.example.org",
        ] { #expect(try !admits("*.example.com", email: email), "\(email)") }
        #expect(try admits("*.example.com", "example.com", email: "a@example.com"))
    }

    @Test func `international domains are compared as they are written in addresses`() throws {
        #expect(try admits("xn--bcher-kva.example", email: "a@XN--BCHER-KVA.example"))
        #expect(try !admits("xn--bcher-kva.example", email: "a@bucher.example"))
        #expect(EmailDomain("bücher.example") == nil)
    }

    @Test func `an empty list admits all`() throws {
        #expect(try admits(email: "a@anything.example"))
    }

    @Test(arguments: [
        "", ".", "*", "*.", "**", "*.com", "com", "localhost", "example", "@example.com", "a@example.com",
        "example.com.", ".example.com", "*..example.com", "*.*.example.com", "sub.*.example.com", "*example.com",
        "example..com", "-example.com", "example.com/", "https://example.com", "example.com:25", "exa mple.com",
        " example.com", "example.com ", "example.com\n", "example.com\u{0}", "example.com,example.org",
        "example.com\u{301}", "ｅxample.com", "example。com", "ex\u{200B}ample.com", "[192.0.2.1]", "192.0.2.1",
        "*.\u{301}example.com", "!example.com", "regexp:.*",
    ])
    func `a text that no address can end in is none`(text: String) {
        #expect(EmailDomain(text) == nil)
    }

    @Test func `very long texts are refused`() {
        #expect(EmailDomain(String(repeating: "a.", count: 100_000) + "com") == nil)
        #expect(EmailDomain(String(repeating: "a", count: 64) + ".com") == nil)
    }
}
