import Basics
import Glibc
import HTTPClient
import TestSupport
import Testing

/// Names that lead to forbidden addresses, told by a name server through the system's resolver to the client that goes
/// to public addresses only. A service at every address notes which of them were reached.
@Suite(.enabled(if: OwnNetwork.mayBeTried, OwnNetwork.reason)) struct ResolvedAddressTests {
    /// Addresses of the public internet; in this network they are the machine's own.
    private static let open = ["1.1.1.1", "2606:4700:4700::1111"]
    /// One that leads nowhere here.
    private static let silent = "9.9.9.9"
    private static let forbidden = [
        "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "::1", "::", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
        "64:ff9b:1::127.0.0.1", "2002:7f00:1::1", "2001::1", "200::1",
    ]
    private static let network = OwnNetwork(
        addresses: open + [
            "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "fd00::1", "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1", "64:ff9b:1::127.0.0.1", "2002:7f00:1::1", "2001::1", "200::1",
        ])

    private static let refusal = "leads to an address that must not be connected to"

    /// Runs `work` with a name server and a service, and sees that only public addresses were reached.
    private func withServers(_ work: (NameServer, RawService) async throws -> Void) async throws {
        let names = try NameServer()
        defer { names.stop() }
        let service = try RawService(everywhere: true)
        defer { service.stop() }
        service.answers(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        try await work(names, service)
        #expect(service.reachedAddresses.allSatisfy { Self.open.contains($0.description) })
    }

    /// Sends with a client that has not resolved anything yet, if no other is given.
    private func expectAnswer(
        _ name: String, _ service: RawService, _ client: OutgoingHTTP = OutgoingHTTP(addresses: .publicOnly),
        status: Int = 200, of addresses: [String] = []
    ) async throws {
        let answer = try await client.send("http://\(name):\(service.port)/")
        #expect(answer.status == status, "\(addresses)")
    }

    private func expectRefusal(_ name: String, _ service: RawService) async {
        let error = await #expect(throws: FetchError.self, "\(name)") { try await expectAnswer(name, service) }
        #expect(error?.description.contains(Self.refusal) == true, "\(name): \(error?.description ?? "")")
    }

    @Test(network) func `a name that leads to a forbidden address is not followed`() async throws {
        try await withServers { names, service in
            for (number, address) in Self.forbidden.enumerated() {
                names.answers("n\(number).test", [address])
                await expectRefusal("n\(number).test", service)
            }
            #expect(service.connectionCount == 0)
            for address in Self.open {
                names.answers("open.test", [address])
                try await expectAnswer("open.test", service)
                #expect(service.reachedAddresses.last?.description == address)
            }
        }
    }

    /// Without this the other tests would show nothing.
    @Test(network) func `all those addresses are reached without the rule`() async throws {
        let names = try NameServer()
        defer { names.stop() }
        let service = try RawService(everywhere: true)
        defer { service.stop() }
        service.answers(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        for (number, address) in Self.forbidden.enumerated() {
            names.answers("n\(number).test", [address])
            try await expectAnswer("n\(number).test", service, OutgoingHTTP(), of: [address])
            #expect(service.connectionCount == number + 1, "\(address)")
        }
        #expect(!service.reachedAddresses.contains { Self.open.contains($0.description) })
    }

    @Test(network) func `a name that leads elsewhere the next time is refused then`() async throws {
        try await withServers { names, service in
            for (number, address) in Self.forbidden.enumerated() {
                let name = "n\(number).test"
                names.answers(name, [Self.open[number % 2]], [address])
                for round in 1...3 {
                    try await expectAnswer(name, service, of: [address])
                    await expectRefusal(name, service)
                    // One look-up is both checked and connected to.
                    #expect(names.lookUpCount(name) == 2 * round, "\(address)")
                }
            }
            #expect(service.connectionCount == 3 * Self.forbidden.count)
        }
    }

    @Test(network) func `a client that was there before does not follow it either`() async throws {
        try await withServers { names, service in
            for (number, address) in Self.forbidden.enumerated() {
                let (name, client) = ("n\(number).test", OutgoingHTTP(addresses: .publicOnly))
                names.answers(name, [Self.open[number % 2]], [address], [address], [address])
                // libcurl keeps for a minute what it has resolved.
                for _ in 1...3 { try await expectAnswer(name, service, client, of: [address]) }
                #expect(names.lookUpCount(name) == 1)
            }
        }
    }

    @Test(network) func `of several addresses only the public ones are tried`() async throws {
        try await withServers { names, service in
            for (number, address) in Self.forbidden.enumerated() {
                let name = "n\(number).test"
                for open in Self.open {
                    for addresses in [[address, open], [open, address], [address, open, address]] {
                        names.answers(name, addresses)
                        let reached = service.connectionCount
                        try await expectAnswer(name, service, of: addresses)
                        #expect(service.connectionCount == reached + 1, "\(addresses)")
                    }
                }
                names.answers(name, [Self.silent, address])
                await expectRefusal(name, service)
            }
            names.answers("all.test", Self.forbidden + Self.open)
            try await expectAnswer("all.test", service)
        }
    }

    @Test(network) func `a redirect leads to no other name`() async throws {
        try await withServers { names, service in
            names.answers("open.test", [Self.open[0]])
            names.answers("inside.test", ["10.0.0.1"])
            let location = "http://inside.test:\(service.port)/"
            service.answers(
                Array("HTTP/1.1 307 Temporary Redirect\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n".utf8))
            try await expectAnswer("open.test", service, status: 307)
            #expect(names.lookUpCount("inside.test") == 0)
            #expect(service.connectionCount == 1)
        }
    }

    @Test(network) func `a proxy of the environment is not asked`() async throws {
        try await withServers { names, service in
            names.answers("open.test", [Self.open[0]])
            names.answers("inside.test", ["10.0.0.1"])
            // This process is the test's own.
            for variable in ["http_proxy", "ALL_PROXY", "all_proxy"] {
                setenv(variable, "http://10.0.0.1:\(service.port)", 1)
            }
            try await expectAnswer("open.test", service)
            await expectRefusal("inside.test", service)
            #expect(service.connectionCount == 1)
        }
    }
}
