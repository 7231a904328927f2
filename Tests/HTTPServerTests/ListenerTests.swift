import Glibc
import NIOPosix
import Testing

@testable import HTTPServer

@Suite struct ListenerTests {
    @Test(arguments: [("localhost", 2), ("127.0.0.1", 1), ("[::1]", 1), ("::", 1)])
    func `a host is all of its addresses, at one port`(host: String, count: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channels = try await Listener(host: host, port: 0).listen(ServerBootstrap(group: group))
        #expect(channels.count == count)
        #expect(Set(channels.map { $0.localAddress?.port }).count == 1)
        try await group.shutdownGracefully()
    }

    @Test(arguments: [EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOBUFS, nil])
    func `a refusal is a sentence with the address and what to do`(code: Int32?) {
        let sentence = ListenError(host: "192.0.2.1", port: 80, code: code).description
        #expect(sentence.contains("192.0.2.1"))
        #expect(sentence.hasSuffix("."))
        if code == EACCES { #expect(sentence.contains("Choose one above 1023.")) }
    }
}
