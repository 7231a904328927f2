import Basics
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::1", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"), ("::1", "::1"),
    ])
    func `has one spelling`(text: String, shown: String) throws {
        #expect(try #require(IPAddress(text)).description == shown)
    }

    @Test(arguments: [
        "", " ", "192.0.2", "192.0.2.256", "192.0.2.1 ", "192.0.2.1\0", "0300.1.1.1", "1.2.3.4.5", "localhost", "::g",
        "[::1]", "::1%lo", "192.0.2.1:80", "1:2:3:4:5:6:7:8:9", "１.1.1.1", String(repeating: "1", count: 10_000),
    ])
    func `is nothing else`(text: String) { #expect(IPAddress(text) == nil) }

    @Test func `one household is one network`() throws {
        func network(_ text: String) throws -> IPNetwork { try #require(IPAddress(text)).network }
        #expect(try network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::"))
        #expect(try network("2001:db8:1:2::1") != network("2001:db8:1:3::1"))
        #expect(try "\(network("2001:db8:1:2:3::"))" == "\(network("2001:db8:1:2::9"))")
        #expect(try network("192.0.2.1") != network("192.0.2.2"))
        #expect(try network("::ffff:192.0.2.1") == network("192.0.2.1"))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", "11.0.0.0"), ("192.0.2.4/30", "192.0.2.7", "192.0.2.8"),
        ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"), ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ("0.0.0.0/0", "8.8.8.8", "::1"), ("::1/128", "::1", "::2"), ("10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"),
    ])
    func `a range holds what begins like it`(range: String, inside: String, outside: String) throws {
        let network = try #require(IPNetwork(range))
        #expect(network.contains(try #require(IPAddress(inside))))
        #expect(!network.contains(try #require(IPAddress(outside))))
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/-1", "::FFFF:10.0.0.0/8", "10.0.0.0/+8", "::/129",
        "a/8",
        "10.0.0.0/8/8",
        "10.0.0.0/99999999999999999999",
    ])
    func `an invalid range is refused`(text: String) { #expect(IPNetwork(text) == nil) }

    @Test func `knows this machine`() {
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            #expect(IPAddress(text)?.isLoopback == true)
        }
        for text in ["128.0.0.1", "::", "::2", "1::1"] { #expect(IPAddress(text)?.isLoopback == false) }
    }
}
