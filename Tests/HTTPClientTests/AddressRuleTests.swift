import Basics
import Curl
import HTTPClient
import TestSupport
import Testing

@Suite struct AddressRuleTests {
    /// Spellings of addresses that a name or a user could give, with the port of a service of this machine.
    private static let spellings = [
        "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1",
        "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.000.000.001", "localhost", "LOCALHOST", "localhost.",
        "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "10.0.0.1",
        "10.255.255.255", "0xa.0.0.1", "167772161", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
        "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1",
        "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255", "[fe80::1]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd12:3456::1]",
        "[ff02::1]", "[2001:db8::1]", "[2001::1]", "[100::1]", "[64:ff9b::10.0.0.1]", "[2002:a00:1::1]",
        "[2002:c0a8:1::1]", "[5f00::1]", "[3fff::1]", "0x7f.0x0.0x0.0x1", "127.0.0.1.", "%31%32%37.0.0.1",
        "1.1.1.1@127.0.0.1", "[::ffff:0:127.0.0.1]", "[::FFFF:169.254.169.254]", "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]", "[100:0:0:1::1]", "[200::1]", "[4000::1]", "[fe80::1%25lo]", "[fe80::1%lo]",
    ]

    @Test func `no spelling of a forbidden address is reached`() async throws {
        let service = try RawService()
        defer { service.stop() }
        service.answers(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        let client = OutgoingHTTP(addresses: .publicOnly)
        for host in Self.spellings {
            await #expect(throws: FetchError.self, "\(host)") {
                try await client.send("http://\(host):\(service.port)/")
            }
        }
        #expect(service.connectionCount == 0)
        // The service is there for those who may reach it.
        #expect(try await OutgoingHTTP().send("http://127.0.0.1:\(service.port)/").body == Array("ok".utf8))
        #expect(service.connectionCount == 1)
    }

    @Test func `addresses of the public internet are allowed`() throws {
        for text in [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
            "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
            "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "169.253.255.255",
            "169.255.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
            "2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "2606:4700:4700::1111",
            "2001:4860:4860::8888", "2a00::1", "3ffe:ffff::1", "3fff:1000::1", "3fff:ffff::1", "64:ff9b::8.8.8.8",
            "2002:808:808::1", "::ffff:8.8.8.8",
        ] {
            let address = try #require(IPAddress(text))
            #expect(AddressRule.publicOnly.allows(address), "\(text)")
        }
    }

    @Test(arguments: SpecialPurposeNetwork.ipv4 + SpecialPurposeNetwork.ipv6)
    func `of special networks only those are allowed that are globally reachable`(
        network: SpecialPurposeNetwork
    ) throws {
        // These are for protocols; whatever is in them, no server that a user names is.
        let protocols = ["192.0.0.0/24", "2001::/23"].compactMap { IPNetwork($0) }
        #expect(network.samples.count == 3)
        switch network.reach {
        case .local:
            #expect(!network.samples.contains(where: AddressRule.publicOnly.allows))
        case .global:
            for sample in network.samples {
                let isOfProtocol = protocols.contains { $0.contains(sample) }
                #expect(AddressRule.publicOnly.allows(sample) == !isOfProtocol, "\(sample)")
            }
        case .embedded:
            let open = try #require(IPAddress("8.8.8.8"))
            #expect(AddressRule.publicOnly.allows(try #require(network.embedding(open))))
            for inner in SpecialPurposeNetwork.ipv4.flatMap(\.samples) {
                let outer = try #require(network.embedding(inner))
                #expect(AddressRule.publicOnly.allows(outer) == AddressRule.publicOnly.allows(inner), "\(outer)")
            }
        }
    }

    @Test func `a redirect to a forbidden address is not followed`() async throws {
        let (service, target) = (try RawService(), try RawService())
        defer {
            service.stop()
            target.stop()
        }
        for location in ["http://127.0.0.1:\(target.port)/", "file:///etc/passwd", "//127.0.0.1:\(target.port)/"] {
            service.answers(
                Array("HTTP/1.1 302 Found\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n".utf8))
            let response = try await OutgoingHTTP().send("http://127.0.0.1:\(service.port)/")
            #expect(response.status == 302)
            #expect(response.body.isEmpty)
        }
        #expect(target.connectionCount == 0)
    }
}
