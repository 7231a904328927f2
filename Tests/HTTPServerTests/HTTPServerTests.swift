import Glibc
import HTTPServer
import NIOCore
import NIOHTTP1
import Testing

@Suite(.serialized) struct HTTPServerTests {
    private static let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    /// Sends bytes, and the statuses and the whole of what comes back until the server closes.
    private func exchange(
        _ request: String, _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> (statuses: [String], text: String) {
        let result = Box()
        var configuration = ServerConfiguration.forTests
        change(&configuration)
        try await withServer(configuration) { port in
            result.text = try await blocking {
                let client = try RawClient(port: port)
                client.send(request)
                return client.receiveAll()
            }
        }
        let statuses = result.text.matches(of: #/HTTP/1\.1 (\d\d\d) /#).map { String($0.1) }
        return (statuses, result.text)
    }

    private final class Box: @unchecked Sendable {
        // Written by one task before another reads it, with an await between.
        var text = ""
    }

    // MARK: Accepted

    @Test func `keeps a connection and answers in order, also a hundred requests at once`() async throws {
        let many = (0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined() + Self.last
        let (statuses, text) = try await exchange(many)
        #expect(statuses == Array(repeating: "200", count: 101))
        let order = text.split(separator: "GET /").dropFirst().map { $0.prefix { $0 != " " } }
        #expect(order == (0..<100).map { Substring("\($0)") } + ["last"])
    }

    @Test func `reads sized and chunked bodies, split anywhere`() async throws {
        try await withServer { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                let request =
                    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                    + "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
                for byte in request.utf8 { client.send([byte]) }
                return client.receiveAll()
            }
            #expect(text.contains("POST /a hello"))
            #expect(text.contains("POST /b abcde"))
        }
    }

    @Test func `answers HEAD with a length and no body`() async throws {
        let (statuses, text) = try await exchange("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(statuses == ["200"])
        #expect(text.contains("content-length: 8\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func `names every answer, dates it and says when it closes`() async throws {
        let (_, text) = try await exchange(Self.get + Self.last)
        #expect(text.split(separator: "x-request-id: ").count == 3)
        #expect(text.split(separator: "date: ").count == 3)
        #expect(text.split(separator: "connection: close").count == 2)
    }

    @Test func `sends 100 Continue before it reads the body`() async throws {
        try await withServer { port in
            let (first, rest) = try await blocking {
                let client = try RawClient(port: port)
                client.send(
                    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
                )
                let first = client.receive(until: "\r\n\r\n")
                client.send("hi")
                return (first, client.receiveAll())
            }
            #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(rest.hasPrefix("HTTP/1.1 200 OK"))
            #expect(rest.hasSuffix("POST /x hi"))
        }
    }

    @Test func `still answers a client that has closed its side`() async throws {
        try await withServer { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                client.send(Self.get + Self.get)
                client.endInput()
                return client.receiveAll()
            }
            #expect(text.split(separator: "HTTP/1.1 200").count == 2)
        }
    }

    @Test func `a header with a line break in its value never leaves`() async throws {
        let evil: Responder = { _ in
            Response(status: .ok, headers: ["x-good": "1", "x-bad": "a\r\nset-cookie: evil=1", "x-nul": "a\u{0}b"])
        }
        try await withServer(respond: evil) { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                client.send(Self.last)
                return client.receiveAll()
            }
            #expect(text.contains("x-good: 1"))
            #expect(!text.contains("evil"))
            #expect(!text.contains("x-nul"))
        }
    }

    @Test func `after an offer to upgrade the connection ends, as the parser reads no further`() async throws {
        let (statuses, text) = try await exchange(
            "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
        #expect(statuses == ["200"])
        #expect(text.contains("connection: close\r\n"))
    }

    @Test func `a whole URL is taken for its path`() async throws {
        let (statuses, text) = try await exchange(
            "GET http://a/x?y HTTP/1.1\r\nHost: b\r\n\r\nGET http://a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(statuses == ["200", "200"])
        #expect(text.contains("GET /x?y "))
        #expect(text.hasSuffix("GET / "))
    }

    // MARK: Refused

    @Test(arguments: [
        ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", "414"),
        ("GET /\(String(repeating: "a", count: 60_000))", "414"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 17_000))\r\n\r\n", "431"),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 200) + "\r\n", "431"),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: yyyyyyyyyyyyyyyyyyyyy\r\n", count: 3000), "431"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", "413"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n", "413"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "400"),
        ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : z\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n", "400"),
        ("GET / HTTP/1.1\nHost: a\n\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "501"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\na\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", "415"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity, gzip\r\nContent-Length: 1\r\n\r\na", "415"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity;q=1\r\nContent-Length: 1\r\n\r\na", "415"),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n\r\na", "417"),
    ])
    func `is answered once and closed`(request: String, status: String) async throws {
        let (statuses, text) = try await exchange(request + (request.hasSuffix("\n") ? Self.last : ""))
        #expect(statuses == [status], "\(text.prefix(300))")
        #expect(text.contains("connection: close\r\n"))
        #expect(text.contains(#""detail":""#))
    }

    @Test func `a body of a MiB is read, and one byte more is not`() async throws {
        func request(_ size: Int) -> String {
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(size, radix: 16) + "\r\n" + String(repeating: "x", count: size) + "\r\n0\r\n\r\n"
        }
        #expect(try await exchange(request(1_048_576)).statuses == ["200"])
        #expect(try await exchange(request(1_048_577)).statuses == ["413"])
    }

    @Test func `good requests before a bad one are answered first`() async throws {
        let (statuses, _) = try await exchange(Self.get + Self.get + "NONSENSE\r\n\r\n")
        #expect(statuses.prefix(2) == ["200", "200"])
        #expect(["400", "501"].contains(statuses.last))
        #expect(statuses.count == 3)
    }

    // MARK: Timeouts

    @Test func `a head that trickles in is cut off`() async throws {
        let (statuses, _) = try await exchange("GET / HTTP/1.1\r\nHost: a\r\n") { $0.headTimeout = .seconds(1) }
        #expect(statuses == ["408"])
    }

    @Test func `a body that does not come is cut off`() async throws {
        let (statuses, _) = try await exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc") {
            $0.bodyTimeout = .seconds(1)
        }
        #expect(statuses == ["408"])
    }

    @Test func `a silent connection is closed without a response`() async throws {
        #expect(try await exchange("") { $0.headTimeout = .seconds(1) }.text == "")
        #expect(try await exchange(Self.get) { $0.idleTimeout = .seconds(1) }.statuses == ["200"])
    }

    @Test func `a client that does not read its response is disconnected`() async throws {
        let large = [UInt8](repeating: 0x78, count: 64 << 20)
        let generous: Responder = { _ in Response(status: .ok, contentType: "text/plain", bytes: large) }
        var configuration = ServerConfiguration.forTests
        configuration.writeTimeout = .seconds(1)
        try await withServer(configuration, respond: generous) { port in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send(Self.get)
                _ = Glibc.sleep(3)
                return client.receiveAll().utf8.count
            }
            #expect(received < large.count)
        }
    }

    // MARK: Limits and shutdown

    @Test func `finishes requests in flight before it stops, and closes idle connections`() async throws {
        let box = Box()
        let slow: Responder = { request in
            try? await Task.sleep(for: .milliseconds(700))
            return await echo(request)
        }
        try await withServer(respond: slow) { port in
            let idle = try RawClient(port: port)
            Task {
                box.text = try await blocking {
                    let client = try RawClient(port: port)
                    client.send(Self.get)
                    return client.receiveAll()
                }
            }
            try await Task.sleep(for: .milliseconds(300))
            withExtendedLifetime(idle) {}
        }
        try await Task.sleep(for: .milliseconds(100))
        #expect(box.text.hasPrefix("HTTP/1.1 200"))
        #expect(box.text.contains("connection: close"))
    }
}
