import Basics
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite struct TrustedProxiesTests {
    /// The client that is seen when 10.0.0.1 is at the other end of the socket, and 10.0.0.0/8 and ::1 are trusted.
    private func client(_ headers: HTTPHeaders, peer: String = "10.0.0.1", trusted: [String] = ["10.0.0.0/8", "::1"])
        throws -> String
    {
        TrustedProxies(trusted.compactMap { IPNetwork($0) })
            .client(behind: try #require(IPAddress(peer)), headers).description
    }

    @Test(arguments: [
        "X-Forwarded-For", "x-forwarded-for", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP",
    ])
    func `headers of untrusted peers are ignored`(name: String) throws {
        for value in ["192.0.2.1", "for=192.0.2.1", "10.0.0.1"] {
            #expect(try client([name: value], peer: "203.0.113.7") == "203.0.113.7")
            #expect(try client([name: value], trusted: []) == "10.0.0.1")
        }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("198.51.100.9, 192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, 10.9.9.9,10.1.1.1", "192.0.2.1"),
        ("evil, 192.0.2.1", "192.0.2.1"), ("192.0.2.1, evil", "10.0.0.1"), ("192.0.2.1, evil, 10.2.2.2", "10.2.2.2"),
        ("192.0.2.1,", "192.0.2.1"), ("", "10.0.0.1"), ("10.3.3.3", "10.3.3.3"), ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"), ("[2001:db8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("[2001:db8::1", "10.0.0.1"), ("[2001:db8::1]x", "10.0.0.1"),
        ("192.0.2.1:", "10.0.0.1"), ("192.0.2.1:x", "10.0.0.1"), ("192.0.2.1 198.51.100.9", "10.0.0.1"),
        ("unknown", "10.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("0x7f.1", "10.0.0.1"), ("192.0.2.1\u{0}", "10.0.0.1"),
    ])
    func `X-Forwarded-For is read from the right, over trusted proxies`(value: String, expected: String) throws {
        #expect(try client(["X-Forwarded-For": value]) == expected)
    }

    @Test func `several fields are read as one list`() throws {
        let headers = HTTPHeaders([("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "192.0.2.1, 10.1.1.1")])
        #expect(try client(headers) == "192.0.2.1")
    }

    @Test(arguments: [
        ("for=192.0.2.1", "192.0.2.1"), ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=192.0.2.43, for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com", "198.51.100.17"),
        ("proto=https; for=192.0.2.1 , for=10.1.1.1", "192.0.2.1"), ("for=\"192.0.2.1:80\"", "192.0.2.1"),
        ("for=_hidden", "10.0.0.1"), ("for=unknown", "10.0.0.1"), ("by=192.0.2.1", "10.0.0.1"),
        ("192.0.2.1", "10.0.0.1"),
        ("for=192.0.2.9;host=\"a,for=198.51.100.1\"", "192.0.2.9"), ("for=\"192.0.2.1, for=198.51.100.1", "10.0.0.1"),
        ("for=192.0.2.1, _x", "10.0.0.1"), ("for=\"\\192.0.2.1\"", "10.0.0.1"), ("for=", "10.0.0.1"),
        (";;,,", "10.0.0.1"),
    ])
    func `Forwarded is read from the right, quotes included`(value: String, expected: String) throws {
        #expect(try client(["Forwarded": value]) == expected)
    }

    @Test func `Forwarded and X-Forwarded-For that disagree are not trusted`() throws {
        #expect(try client(["Forwarded": "for=192.0.2.1", "X-Forwarded-For": "198.51.100.9"]) == "10.0.0.1")
        #expect(try client(["Forwarded": "for=192.0.2.1", "X-Forwarded-For": "192.0.2.1"]) == "192.0.2.1")
    }

    @Test func `a long list does no harm`() throws {
        let list = Array(repeating: "10.1.1.1", count: 1500).joined(separator: ",")
        #expect(try client(["X-Forwarded-For": list]) == "10.1.1.1")
        #expect(try client(["Forwarded": String(repeating: "\"", count: 15_001)]) == "10.0.0.1")
    }

    @Test(arguments: [([], "127.0.0.1"), (["127.0.0.1"], "192.0.2.1")])
    func `the request carries the client's address`(trusted: [String], expected: String) async throws {
        var configuration = ServerConfiguration.forTests
        configuration.trustedProxies = TrustedProxies(trusted.compactMap { IPNetwork($0) })
        let respond: Responder = { request in
            Response(status: .ok, contentType: "text/plain", bytes: Array((request.peerAddress ?? "none").utf8))
        }
        try await withServer(configuration, respond: respond) { port in
            let answer = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n")
                return client.receiveAll()
            }
            #expect(answer.hasSuffix("\r\n\r\n" + expected))
        }
    }
}
