import HTTPServer
import Metrics
import NIOHTTP1
import Testing

/// What a server counts.
@Suite struct ServerMeterTests {
    struct Context: RequestContext {
        var parameters = PathParameters()
    }

    private let router = Router { (site: RouteGroup<Context>) in
        site.get("/", summary: "root") { _, _ in Response(status: .ok, contentType: "text/plain", bytes: [1, 2, 3]) }
        site.get("/tasks/{id}", summary: "show") { _, _ in
            Response(status: .ok, stream: BodyStream { send in try await send(.init(bytes: [4, 5])) })
        }
        site.post("/tasks/{id}", summary: "change") { _, _ in Response(status: .noContent) }
    }

    /// The lines of the metrics after these requests, each on a connection of its own.
    private func metrics(
        _ requests: String...
    ) async throws -> [String: Double] {
        let (router, meter, routes) = (self.router, ServerMeter(), router.routes.map(\.path))
        let (lines, continuation) = AsyncStream<String>.makeStream()
        let respond: Responder = { request in
            (try? await router.respond(to: request, context: Context())) ?? Response(status: .notFound)
        }
        try await withServer(meter: meter, match: router.match, respond: respond) { port in
            for request in requests {
                try await blocking {
                    let client = try RawClient(port: port)
                    client.send(request)
                    while client.receive() != nil {}
                }
            }
            continuation.yield(MetricsText.render(await meter.families(routes: routes)))
        }
        var iterator = lines.makeAsyncIterator()
        let text = try #require(await iterator.next())
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return values
    }

    private func count(_ method: String, _ route: String, _ status: Int) -> String {
        "http_server_request_duration_seconds_count{http_request_method=\"\(method)\",http_route=\"\(route)\","
            + "http_response_status_code=\"\(status)\"}"
    }

    private func request(_ method: String, _ path: String, body: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `requests are counted by the pattern of their route`() async throws {
        let values = try await metrics(
            request("GET", "/"), request("HEAD", "/"), request("GET", "/tasks/1"), request("GET", "/tasks/2"),
            request("POST", "/tasks/1", body: "12345"), request("GET", "/other"), request("PUT", "/"))
        #expect(values[count("GET", "/", 200)] == 1)
        #expect(values[count("HEAD", "/", 200)] == 1)
        #expect(values[count("GET", "/tasks/{id}", 200)] == 2)
        #expect(values[count("POST", "/tasks/{id}", 204)] == 1)
        #expect(values[count("GET", "none", 404)] == 1)
        #expect(values[count("PUT", "none", 404)] == 1)
        #expect(values.keys.count { $0.hasPrefix("http_server_request_duration_seconds_count") } == 6)
        #expect(values["latchkey_http_request_body_bytes_total"] == 5)
        // Three and twice two: HEAD sends no body, and what is streamed counts as it was sent.
        #expect(values["latchkey_http_response_body_bytes_total"] == 7)
        #expect(values["latchkey_http_requests_in_progress"] == 0)
        #expect(values["latchkey_connections_accepted_total"] == 7)
    }

    @Test func `a request that reaches no route is counted by its reason, and nowhere else`() async throws {
        let values = try await metrics("GET / HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n", request("GET", "/"))
        #expect(values[#"latchkey_http_refused_total{reason="host_missing_or_doubled"}"#] == 1)
        #expect(values[#"latchkey_http_refused_total{reason="malformed"}"#] == 1)
        #expect(values[#"latchkey_http_refused_total{reason="too_slow"}"#] == 0)
        #expect(values[count("GET", "/", 200)] == 1)
        #expect(values.keys.count { $0.hasPrefix("http_server_request_duration_seconds_count") } == 1)
    }

    @Test func `connections are counted while they are open`() async throws {
        let meter = ServerMeter()
        try await withServer(meter: meter) { port in
            func open() async -> [MetricSample] {
                await meter.families(routes: []).first { $0.name == "latchkey_connections" }?.samples ?? []
            }
            var client: RawClient? = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = client.receive()
                return client
            }
            #expect(await open().first == MetricSample(1, ["protocol": "http1"]))
            #expect(client != nil)
            client = nil
            var isClosed = false
            for _ in 0..<1000 where !isClosed {
                isClosed = await open().first == MetricSample(0, ["protocol": "http1"])
                if !isClosed { try await Task.sleep(for: .milliseconds(2)) }
            }
            #expect(isClosed)
        }
    }
}
