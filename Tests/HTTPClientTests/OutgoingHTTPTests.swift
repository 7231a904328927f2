import Curl
import HTTPClient
import Synchronization
import TestSupport
import Testing

@Suite struct OutgoingHTTPTests {
    @Test func `control characters and other protocols are refused before anything is sent`() async throws {
        let service = try RawService()
        defer { service.stop() }
        let base = "127.0.0.1:\(service.port)"
        for url in [
            "http://\(base)/\r\nX: y", "http://\(base)/ x", "http://user@\(base)/", "http://user:p@\(base)/",
            "ftp://\(base)/", "file:///etc/passwd", "gopher://\(base)/", "dict://\(base)/", "smtp://\(base)/",
            "http:///", "http://\(base)/#f", "", "//\(base)/", "http://\(base)/\0", "http://\(base)/é",
        ] {
            await #expect(throws: FetchError.self, "\(url.debugDescription)") { try await OutgoingHTTP().send(url) }
        }
        for value in ["a\r\nX: y", "a\nb", "a\0b", "\u{7F}"] {
            await #expect(throws: FetchError.self) {
                try await OutgoingHTTP().send("http://\(base)/", headers: [("X", value)])
            }
        }
        #expect(service.connectionCount == 0)
    }

    @Test func `a fetcher sends through the client that it shares with others`() async throws {
        let service = try RawService()
        defer { service.stop() }
        service.answers(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        let sender = CountingSender()
        let url = "http://127.0.0.1:\(service.port)/"
        #expect(try await HTTPFetcher(sender).fetch(url) == Array("ok".utf8))
        #expect(try await sender.send(url, headers: [], body: nil).status == 200)
        #expect(sender.count == 2)
    }

    private final class CountingSender: RequestSender {
        private let client = OutgoingHTTP()
        private let sent = Atomic<Int>(0)
        var count: Int { sent.load(ordering: .relaxed) }

        func send(
            _ url: String, headers: [(name: String, value: String)], body: [UInt8]?
        ) async throws -> OutgoingResponse {
            sent.add(1, ordering: .relaxed)
            return try await client.send(url, headers: headers, body: body)
        }
    }

    @Test func `a proxy gets https requests, and http ones go directly`() async throws {
        let (proxy, service) = (try RawService(), try RawService())
        defer {
            proxy.stop()
            service.stop()
        }
        proxy.answers(Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".utf8))
        service.answers(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        let settings = OutgoingSettings(
            proxy: OutgoingProxy(url: "http://127.0.0.1:\(proxy.port)", exceptions: "excepted.test"))
        let client = OutgoingHTTP(settings)
        #expect(try await client.send("http://127.0.0.1:\(service.port)/").status == 200)
        #expect(proxy.connectionCount == 0)
        await #expect(throws: FetchError.self) { try await client.send("https://tasks.test/") }
        #expect(proxy.connectionCount == 1)
        // Has no address here, so it can only fail.
        await #expect(throws: FetchError.self) { try await client.send("https://excepted.test/") }
        // Targets that users give never go through it.
        let guarded = OutgoingHTTP(settings, addresses: .publicOnly)
        await #expect(throws: FetchError.self) { try await guarded.send("https://127.0.0.1:\(service.port)/") }
        #expect(proxy.connectionCount == 1)
    }
}
