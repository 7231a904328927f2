import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

/// Accepts what the RFCs allow a client to write, and no more.
@Suite(.serialized) struct GrammarTests {
    /// All that comes back for a request, up to the server's closing.
    private func exchange(_ request: String, respond: @escaping Responder = echo) async throws -> String {
        let result = Mutex("")
        try await withServer(respond: respond) { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                client.send(request)
                return client.receiveAll()
            }
            result.withLock { $0 = text }
        }
        return result.withLock { $0 }
    }

    private func statuses(_ text: String) -> [String] {
        text.matches(of: #/HTTP/1\.1 (\d\d\d) /#).map { String($0.1) }
    }

    // MARK: Versions

    @Test func `HTTP 1_0 closes, or stays and says so`() async throws {
        let closed = try await exchange("GET / HTTP/1.0\r\n\r\n")
        #expect(statuses(closed) == ["200"])
        #expect(closed.contains("\r\nconnection: close\r\n"))
        for word in ["keep-alive", "Keep-Alive", "Foo, KEEP-ALIVE"] {
            let kept = try await exchange("GET / HTTP/1.0\r\nConnection: \(word)\r\n\r\nGET /y HTTP/1.0\r\n\r\n")
            #expect(statuses(kept) == ["200", "200"], "\(word)")
            #expect(kept.split(separator: "\r\nconnection: keep-alive\r\n").count == 2)
        }
        let newer = try await exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(!newer.contains("keep-alive"))
    }

    @Test(arguments: 2...9)
    func `a later minor version is served as 1_1`(minor: Int) async throws {
        let head = "GET /x HTTP/1.\(minor)\r\nHost: a\r\n"
        let text = try await exchange(head + "\r\n" + head + "Connection: close\r\n\r\n")
        #expect(statuses(text) == ["200", "200"])
    }

    @Test(arguments: [
        ("http/1.1", "400"), ("HTTP/11", "400"), ("HTTP/1", "400"), ("HTTP/1.10", "400"), ("HTTP/01.1", "400"),
        ("HTTP/1.\u{661}", "400"), ("HTTPS/1.1", "400"), ("XHTTP/1.1", "400"), ("HTTP/0.9", "505"),
        ("HTTP/2.0", "505"), ("HTTP/3.0", "505"), ("HTTP/9.9", "505"),
    ])
    func `no other version is spoken`(version: String, status: String) async throws {
        #expect(statuses(try await exchange("GET / \(version)\r\nHost: a\r\n\r\n")) == [status])
    }

    // MARK: Host

    /// From RFC 3986, section 1.1.2 and 3.2.2, and RFC 6874 for what is not one.
    @Test func `a Host is a name or an address with or without a port`() {
        for host in [
            "example.com", "EXAMPLE.com:80", "localhost:", "192.0.2.16:8080", "[2001:db8::7]", "[2001:db8::7]:443",
            "[::ffff:192.0.2.1]", "[v7.a:b]", "a_b.example", "xn--bcher-kva.example", "b%C3%BCcher.example",
            "ftp.is.co.za", "a.b.", "~!$&'()*+,;=", "1", "a:00080",
        ] {
            #expect(HostField.isValid(host), "\(host)")
        }
        for host in [
            "", ":", ":80", "user@example.com", "user:secret@example.com", "example.com:80:80", "example.com:8a",
            "example.com:-1", "example.com:+80", "[2001:db8::7", "2001:db8::7]", "[]", "[fe80::1%25en0]", "[1.2.3.4]",
            "[v.a]", "[v7.]", "[2001:db8::7]x", "a/b", "a?b", "a#b", "a b", "a%2", "a%zz", "a\\b",
            "b\u{fc}cher.example",
            "\"a\"", "<a>", "a^b", "a|b", "{a}", "a`b", "a\tb",
        ] {
            #expect(!HostField.isValid(host), "\(host)")
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost:\r\n", "400"), ("GET / HTTP/1.1\r\nHost: u@a\r\n", "400"),
        ("GET / HTTP/1.0\r\nHost: a b\r\n", "400"), ("GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n", "400"),
        ("GET http:///x HTTP/1.1\r\nHost: a\r\n", "400"), ("GET http://?x HTTP/1.0\r\n", "400"),
        ("GET http://a/ HTTP/1.1\r\n", "400"), ("GET http://a:x/ HTTP/1.1\r\nHost: a\r\n", "400"),
        ("GET HTTP://A/x HTTP/1.1\r\nHost: b\r\n", "200"), ("GET HttpS://[::1]:8/x HTTP/1.1\r\nHost: b\r\n", "200"),
        ("GET http://a/x HTTP/1.0\r\n", "200"), ("GET / HTTP/1.1\r\nHost: a:\r\n", "200"),
    ])
    func `the same rule holds for the field and for a whole URL`(head: String, status: String) async throws {
        let text = try await exchange(head + "Connection: close\r\n\r\n")
        #expect(statuses(text) == [status], "\(head)")
    }

    @Test func `a whole URL's host counts instead of the field's`() async throws {
        let host: Responder = { request in
            Response(status: .ok, contentType: "text/plain", bytes: Array(request.headers["host"].joined().utf8))
        }
        let text = try await exchange(
            "GET HTTP://example.org:81/x HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n", respond: host)
        #expect(text.hasSuffix("\r\n\r\nexample.org:81"))
    }

    // MARK: White space and expectations

    @Test func `white space around a value is not part of it, whatever the field`() async throws {
        let fields: Responder = { request in
            let values = ["host", "x-empty", "x-inner", "content-type"].map { request.headers[$0].joined() }
            let body = values.joined(separator: "|") + "|\(request.contentType ?? "")|"
            return Response(
                status: .ok, contentType: "text/plain", bytes: Array(body.utf8) + request.body.readableBytesView)
        }
        for (before, after) in [("", ""), (" ", " "), ("\t", "\t"), ("   ", " \t  "), ("", "\t \t")] {
            func field(_ name: String, _ value: String) -> String { "\(name):\(before)\(value)\(after)\r\n" }
            let text = try await exchange(
                "POST / HTTP/1.1\r\n" + field("Host", "a") + field("X-Empty", "") + field("X-Inner", "b \t c")
                    + field("Content-Type", "text/plain") + field("Content-Length", "2") + field("Connection", "close")
                    + "\r\nhi", respond: fields)
            #expect(text.hasSuffix("\r\n\r\na||b \t c|text/plain|text/plain|hi"), "\(text)")
        }
        let chunked = try await exchange(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \tChunked \r\nConnection:close\t\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        )
        #expect(chunked.hasSuffix("POST / hi"))
    }

    @Test func `lines that are folded are refused, as RFC 9112 wants it`() async throws {
        for fold in ["X: a\r\n b\r\n", "X:\r\n\tb\r\n", " X: a\r\n"] {
            #expect(statuses(try await exchange("GET / HTTP/1.1\r\nHost: a\r\n\(fold)\r\n")) == ["400"])
        }
    }

    @Test(arguments: [
        ("1.1", "100-Continue", ["100", "200"]), ("1.1", "100-continue, 100-continue", ["100", "200"]),
        ("1.1", " 100-CONTINUE \t", ["100", "200"]), ("1.1", "a-miracle", ["417"]),
        ("1.1", "100-continue, a-miracle", ["417"]), ("1.1", "100-continue=1", ["417"]),
        // HTTP/1.0 has none, so there is none to be met.
        ("1.0", "100-continue", ["200"]), ("1.0", "a-miracle", ["200"]),
    ])
    func `the only expectation is 100-continue, in any spelling`(version: String, value: String, answers: [String])
        async throws
    {
        let text = try await exchange(
            "POST / HTTP/\(version)\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\nExpect: \(value)\r\n\r\nhi")
        #expect(statuses(text) == answers)
    }

    @Test func `a request without a body is answered without waiting for one`() async throws {
        let text = try await exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n")
        #expect(statuses(text) == ["200"])
    }

    // MARK: Refusals

    @Test(arguments: [
        (
            "GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n",
            "431"
        ),
        ("GET / HTTP/1.1\r\norigin:https://b \r\nHost: a\r\nX: \(String(repeating: "x", count: 30_000))", "431"),
        ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\nHost: a\r\nORIGIN:\thttps://b\r\n\r\n", "414"),
        ("GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nX y: z\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: c\r\nOrigin: https://b\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nContent-Length: 2000000\r\n\r\n", "413"),
        ("POST / HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nContent-Length: 9\r\n\r\nabc", "408"),
        ("GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nX: y", "408"),
    ])
    func `a refusal has the headers of every other answer, those for its origin included`(
        request: String, status: String
    ) async throws {
        var configuration = ServerConfiguration.forTests
        configuration.headTimeout = .seconds(1)
        configuration.bodyTimeout = .seconds(1)
        let headers: RefusalHeaders = { head in
            ["x-every": "1", "x-origin": head?.headers.first(name: "origin") ?? "", "cache-control": "public"]
        }
        try await withServer(configuration, refusalHeaders: headers) { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                client.send(request)
                return client.receiveAll()
            }
            #expect(text.hasPrefix("HTTP/1.1 \(status) "))
            #expect(text.contains("\r\nx-every: 1\r\n"))
            #expect(text.contains("\r\nx-origin: https://b\r\n"), "\(text)")
            #expect(text.contains("\r\ncache-control: no-store\r\n"))
        }
    }

    // MARK: Heads in pieces

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `a head ends where a plain reading finds its end, however it is cut into reads`(seed: UInt64) {
        var random = SplitMix(state: seed)
        let pieces = ["\r\n", "\r", "\n", "GET / HTTP/1.1", "a: b", "c: d \t", " ", "x"]
        for _ in 0..<(2000 * fuzzFactor) {
            let bytes = Array((0..<random.below(12)).map { _ in pieces[random.below(pieces.count)] }.joined().utf8)
            var scanner = HeadScanner()
            var end: Int?
            var count = 0
            while count < bytes.count && end == nil && !scanner.hasBareLineFeed {
                count = min(bytes.count, count + 1 + random.below(9))
                if bytes[..<count].withUnsafeBytes({ scanner.scan($0) }) { end = scanner.size }
            }
            let expected = Self.endOfHead(bytes)
            if expected.isBare {
                #expect(scanner.hasBareLineFeed && end == nil, "\(bytes)")
            } else {
                #expect(end == expected.end && !scanner.hasBareLineFeed, "\(bytes)")
            }
        }
    }

    /// Line by line.
    private static func endOfHead(_ bytes: [UInt8]) -> (end: Int?, isBare: Bool) {
        var (line, hasLine): ([UInt8], Bool) = ([], false)
        for (index, byte) in bytes.enumerated() {
            guard byte == 10 else {
                line.append(byte)
                continue
            }
            guard line.last == 13 else { return (nil, true) }
            if line.count > 1 { hasLine = true } else if hasLine { return (index + 1, false) }
            line = []
        }
        return (nil, false)
    }
}
