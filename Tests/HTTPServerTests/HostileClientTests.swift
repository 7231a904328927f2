import Glibc
import HTTPServer
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// Clients that are slow, gone, or send what never ends.
@Suite(.serialized) struct HostileClientTests {
    private static let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func statuses(_ text: String) -> [String] {
        text.matches(of: #/HTTP/1\.1 (\d\d\d) /#).map { String($0.1) }
    }

    /// What comes back for bytes after which the client sends nothing more, but keeps its direction open.
    private func answer(
        to request: String, _ change: (inout ServerConfiguration) -> Void = { _ in },
        match: @escaping RouteLookup = { _, _ in RouteMatch() }
    ) async throws -> [String] {
        let result = Mutex("")
        var configuration = ServerConfiguration.forTests
        change(&configuration)
        try await withServer(configuration, match: match) { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                client.send(request)
                return client.receiveAll()
            }
            result.withLock { $0 = text }
        }
        return statuses(result.withLock { $0 })
    }

    // MARK: Slow clients

    @Test func `a head that begins together with the end of another request is timed as a head`() async throws {
        for first in [
            Self.get, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", Self.chunked + "0\r\n\r\n",
        ] {
            #expect(try await answer(to: first + "GET /y HTT", { $0.headTimeout = .seconds(1) }) == ["200", "408"])
        }
    }

    @Test func `a client that reads slowly but steadily gets all of a large answer`() async throws {
        let large = [UInt8](repeating: 0x78, count: 24 << 20)
        let generous: Responder = { _ in Response(status: .ok, contentType: "text/plain", bytes: large) }
        var configuration = ServerConfiguration.forTests
        configuration.writeTimeout = .seconds(1)
        try await withServer(configuration, respond: generous) { port in
            let received = try await blocking {
                let client = try RawClient(port: port, receiveBuffer: 65536)
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                var count = 0
                while let part = client.receive() {
                    count += part.utf8.count
                    // Three seconds in all, three times what one piece may take.
                    usleep(UInt32(part.utf8.count / 8))
                }
                return count
            }
            #expect(received > large.count)
        }
    }

    // MARK: Closed connections

    /// Answers when it is cancelled, and remembers that.
    private final class Patience: Sendable {
        private let counts = Mutex((begun: 0, cancelled: 0))
        var begun: Int { counts.withLock { $0.begun } }
        var cancelled: Int { counts.withLock { $0.cancelled } }

        var responder: Responder {
            { [self] request in
                counts.withLock { $0.begun += 1 }
                do { try await Task.sleep(for: .seconds(60)) } catch { counts.withLock { $0.cancelled += 1 } }
                return Response(status: .ok)
            }
        }

        func wait(_ condition: (Patience) -> Bool) async throws {
            for _ in 0..<1000 where !condition(self) { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test(arguments: [true, false])
    func `closing the connection cancels the request`(abruptly: Bool) async throws {
        let patience = Patience()
        try await withServer(respond: patience.responder) { port in
            var client: RawClient? = try RawClient(port: port)
            client?.send(Self.get)
            try await patience.wait { $0.begun == 1 }
            if abruptly { client?.resetOnClose() }
            client = nil
            try await patience.wait { $0.cancelled == 1 }
            #expect(patience.cancelled == 1)
        }
    }

    @Test func `a client that has closed only its own direction is answered, however long it takes`() async throws {
        let slow: Responder = { request in
            try? await Task.sleep(for: .milliseconds(2500))
            return await echo(request)
        }
        try await withServer(respond: slow) { port in
            let (first, text) = try await blocking {
                let old = try RawClient(port: port)
                old.send("GET /x HTTP/1.0\r\n\r\n")
                old.endInput()
                let client = try RawClient(port: port)
                client.send(Self.get)
                client.endInput()
                return (old.receiveAll(), client.receiveAll())
            }
            // A word in between tells a client that waits from one that is gone; HTTP/1.0 knows no such word.
            #expect(statuses(first) == ["200"])
            #expect(statuses(text) == ["102", "200"])
            #expect(text.hasSuffix("GET /x "))
        }
    }

    @Test func `half a request before the end of the connection is ignored`() async throws {
        for half in [
            "GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", Self.chunked + "5\r\nab",
        ] {
            try await withServer { port in
                let text = try await blocking {
                    let client = try RawClient(port: port)
                    client.send(Self.get + half)
                    client.endInput()
                    return client.receiveAll()
                }
                #expect(statuses(text) == ["200", "400"])
            }
        }
    }

    // MARK: Endless input

    @Test func `a thousand requests at once are answered in order, also when nothing follows them`() async throws {
        try await withServer { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                client.send((0..<1000).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                client.endInput()
                return client.receiveAll()
            }
            let order = text.split(separator: "GET /").dropFirst().map { $0.prefix { $0 != " " } }
            #expect(order == (0..<1000).map { Substring("\($0)") })
        }
    }

    @Test func `more requests at once than can wait are answered as far as they could, and never out of step`()
        async throws
    {
        let slow: Responder = { request in
            if request.uri == "/0" { try? await Task.sleep(for: .milliseconds(500)) }
            return await echo(request)
        }
        try await withServer(respond: slow) { port in
            let text = try await blocking {
                let client = try RawClient(port: port)
                // The end makes the system hand over all at once, while the first is being answered.
                client.send((0..<30_000).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                client.endInput()
                return client.receiveAll()
            }
            let order = text.split(separator: "GET /").dropFirst().map { String($0.prefix { $0 != " " }) }
            #expect(!order.isEmpty)
            #expect(order == (0..<order.count).map { "\($0)" })
            #expect(Set(statuses(text)).subtracting(["200", "400"]).isEmpty)
        }
    }

    @Test(arguments: [
        "1;" + String(repeating: "x", count: 200_000),
        String(repeating: "1;" + String(repeating: "x", count: 1000) + "\r\na\r\n", count: 200),
        "0\r\n" + String(repeating: "a: b\r\n", count: 50_000),
        String(repeating: "0", count: 200_000),
    ])
    func `chunk extensions and trailers are limited`(chunks: String) async throws {
        let refusals = [["400"], ["413"], ["431"]]
        #expect(refusals.contains(try await answer(to: Self.chunked + chunks)))
    }

    @Test func `empty lines before a request are overlooked, but not for ever`() async throws {
        let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        #expect(try await answer(to: "\r\n" + last) == ["200"])
        #expect(try await answer(to: "\r\n\r\n\r\n" + last) == ["200"])
        #expect(try await answer(to: String(repeating: "\r\n", count: 100_000)) == ["431"])
    }

    @Test func `method, target and version stand between single spaces, also of a later request`() async throws {
        for line in ["GET  /y HTTP/1.1", "GET /y  HTTP/1.1", "GET /y HTTP/1.1 ", " GET /y HTTP/1.1", "GET /y"] {
            #expect(try await answer(to: Self.get + "\(line)\r\nHost: a\r\n\r\n") == ["200", "400"], "\(line)")
        }
    }

    // MARK: Body limits

    @Test func `a route may have a smaller limit, and says so before the body comes`() async throws {
        let match: RouteLookup = { _, target in
            var attributes = RouteAttributes()
            if target == "/small" { attributes.maximumBodySize = 10 }
            return RouteMatch(attributes)
        }
        func ask(_ path: String, _ rest: String) async throws -> [String] {
            try await answer(
                to: "POST \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(rest)", match: match)
        }
        #expect(try await ask("/small", "Content-Length: 11\r\n\r\n") == ["413"])
        #expect(try await ask("/small", "Content-Length: 10\r\n\r\n0123456789") == ["200"])
        #expect(try await ask("/large", "Content-Length: 11\r\n\r\n0123456789a") == ["200"])
        #expect(try await ask("/small", "Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n") == ["413"])
    }

    @Test func `the bodies of all connections together have a limit, and room again afterwards`() async throws {
        var configuration = ServerConfiguration.forTests
        configuration.maximumRequestMemory = 400_000
        // The first client must not be cut off while the others are looked at, however slow the machine is.
        configuration.bodyTimeout = .seconds(60)
        try await withServer(configuration) { port in
            let (refused, accepted) = try await blocking {
                func request(_ body: String) -> String {
                    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 60000\r\n\r\n" + body
                }
                let body = String(repeating: "x", count: 60_000)
                var first: RawClient? = try RawClient(port: port)
                first?.send(request(String(body.dropLast())))
                // Another loop may be slower to read that one than this is to read these.
                var refused = ""
                for _ in 0..<1000 where !refused.contains("503") {
                    usleep(5000)
                    let second = try RawClient(port: port)
                    second.send(request(body))
                    refused = second.receiveAll()
                }
                first = nil
                var accepted = ""
                for _ in 0..<1000 where !accepted.contains("200") {
                    usleep(5000)
                    let third = try RawClient(port: port)
                    third.send(request(body))
                    accepted = third.receiveAll()
                }
                return (refused, accepted)
            }
            #expect(statuses(refused) == ["503"])
            #expect(refused.contains("retry-after: 1"))
            #expect(statuses(accepted) == ["200"])
        }
    }
}
