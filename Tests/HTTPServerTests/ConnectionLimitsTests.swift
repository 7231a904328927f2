import Basics
import HTTPServer
import NIOCore
import Synchronization
import Testing

/// The choice of connections to close when there are too many.
@Suite(.serialized) struct ConnectionLimitsTests {
    private static let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

    private func configuration(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
        var configuration = ServerConfiguration.forTests
        change(&configuration)
        return configuration
    }

    /// A connection on which one request was answered.
    private static func answered(_ port: Int, from host: UInt32 = 1) throws -> RawClient {
        let client = try RawClient(port: port, from: host)
        client.send(get)
        #expect(client.receive(until: "GET /x ").hasPrefix("HTTP/1.1 200"))
        return client
    }

    private static func isAnswered(_ client: RawClient) -> Bool {
        client.send(get)
        return client.receive(until: "GET /x ").hasPrefix("HTTP/1.1 200")
    }

    @Test func `a silent connection has the timeout of a head, and a used one that between requests`()
        async throws
    {
        let configuration = configuration {
            $0.headTimeout = .seconds(1)
            $0.idleTimeout = .seconds(60)
        }
        try await withServer(configuration) { port in
            try await blocking {
                let used = try Self.answered(port)
                #expect(try RawClient(port: port).receive() == nil)
                #expect(Self.isAnswered(used))
            }
        }
    }

    @Test func `at the limit the longest idle connection is closed, not the new one`() async throws {
        let configuration = configuration {
            $0.maximumConnections = 3
            $0.maximumConnectionsPerNetwork = 3
        }
        try await withServer(configuration) { port in
            try await blocking {
                let old = try (1...3).map { _ in try Self.answered(port) }
                // The first is not the one that has been idle longest any more.
                #expect(Self.isAnswered(old[0]))
                let new = try Self.answered(port)
                #expect(old[1].receive() == nil)
                for client in [old[0], old[2], new] { #expect(Self.isAnswered(client)) }
            }
        }
    }

    /// Responds when it is released.
    private final class Turnstile: Sendable {
        private let state = Mutex((waiting: 0, isOpen: false))
        var waiting: Int { state.withLock { $0.waiting } }

        func open() { state.withLock { $0.isOpen = true } }

        var responder: Responder {
            { [self] request in
                state.withLock { $0.waiting += 1 }
                while !state.withLock({ $0.isOpen }) && !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(5))
                }
                return await echo(request)
            }
        }
    }

    @Test func `where no connection is idle, the new one is refused`()
        async throws
    {
        let turnstile = Turnstile()
        let configuration = configuration {
            $0.maximumConnections = 2
            $0.maximumConnectionsPerNetwork = 2
        }
        try await withServer(configuration, respond: turnstile.responder) { port in
            let busy = try (1...2).map { _ in try RawClient(port: port) }
            for client in busy { client.send(Self.get) }
            while turnstile.waiting < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let refused = try await blocking { try RawClient(port: port).receiveAll() }
            #expect(refused.hasPrefix("HTTP/1.1 503"))
            #expect(refused.contains("retry-after: 1"))
            turnstile.open()
            for client in busy {
                #expect(try await blocking { client.receive(until: "GET /x ") }.hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test func `a network with more than its share makes room among its own connections`() async throws {
        let configuration = configuration {
            $0.maximumConnections = 100
            $0.maximumConnectionsPerNetwork = 2
        }
        try await withServer(configuration) { port in
            try await blocking {
                let oldest = try Self.answered(port, from: 2)
                let own = try (1...2).map { _ in try Self.answered(port, from: 3) }
                let new = try Self.answered(port, from: 3)
                #expect(own[0].receive() == nil)
                for client in [oldest, own[1], new] { #expect(Self.isAnswered(client)) }
            }
        }
    }

    @Test func `a trusted proxy has no share, and its connections are closed last`() async throws {
        let configuration = configuration {
            $0.maximumConnections = 4
            $0.maximumConnectionsPerNetwork = 2
            $0.trustedProxies = TrustedProxies([IPNetwork("127.0.0.4")].compactMap { $0 })
        }
        try await withServer(configuration) { port in
            try await blocking {
                let proxy = try (1...3).map { _ in try Self.answered(port, from: 4) }
                let client = try Self.answered(port, from: 5)
                let new = try Self.answered(port, from: 6)
                #expect(client.receive() == nil)
                for client in proxy + [new] { #expect(Self.isAnswered(client)) }
            }
        }
    }

    @Test func `a thousand silent connections from one address leave room for other clients`() async throws {
        let configuration = configuration { $0.maximumConnections = 200 }
        try await withServer(configuration) { port in
            try await blocking {
                let friend = try Self.answered(port, from: 2)
                var crowd: [RawClient] = []
                for _ in 0..<300 { crowd.append(try RawClient(port: port, from: 3)) }
                for host in UInt32(10)..<60 {
                    let client = try Self.answered(port, from: host)
                    #expect(Self.isAnswered(client))
                }
                #expect(Self.isAnswered(friend))
                withExtendedLifetime(crowd) {}
            }
        }
    }

    @Test func `a connection with half a head makes room for new ones`() async throws {
        let configuration = configuration {
            $0.maximumConnections = 2
            $0.maximumConnectionsPerNetwork = 2
        }
        try await withServer(configuration) { port in
            try await blocking {
                let slow = try (1...2).map { _ in try RawClient(port: port) }
                for client in slow { client.send("GET /slow HTTP/1.1\r\nHost") }
                #expect(Self.isAnswered(try Self.answered(port)))
            }
        }
    }

    @Test func `IPv6 networks are counted by 64 bits and by 48`() throws {
        let address = try #require(IPAddress("2001:db8:1:2::3"))
        #expect(address.network == IPNetwork("2001:db8:1:2::/64"))
        #expect(address.site == IPNetwork("2001:db8:1::/48"))
        let mapped = try #require(IPAddress("::ffff:192.0.2.1"))
        #expect(mapped.network == IPNetwork("192.0.2.1"))
        #expect(mapped.site == mapped.network)
    }
}
