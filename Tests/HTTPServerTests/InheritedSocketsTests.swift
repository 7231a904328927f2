import Glibc
import Synchronization
import Testing
import Workers

@testable import HTTPServer

@Suite struct InheritedSocketsTests {
    /// A socket of the kind, bound to a free port of this machine if it is for TCP.
    private func socket(_ family: Int32, _ type: __socket_type, listens: Bool = false) -> CInt {
        let descriptor = Glibc.socket(family, Int32(type.rawValue), 0)
        if listens { _ = listen(descriptor, 16) }
        return descriptor
    }

    private func sockets(_ first: CInt, count: Int = 1, names: String? = nil, process: String? = nil) throws
        -> InheritedSockets
    {
        var environment = ["LISTEN_FDS": String(count), "LISTEN_PID": process ?? String(getpid())]
        environment["LISTEN_FDNAMES"] = names
        return try InheritedSockets(environment: environment, first: first)
    }

    @Test func `sockets are taken by the process that they are for`() throws {
        let descriptor = socket(AF_INET, SOCK_STREAM, listens: true)
        defer { close(descriptor) }
        #expect(try sockets(descriptor).main == [descriptor])
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        for process in ["1", "", "x", "-1"] {
            #expect(try sockets(descriptor, process: process).main == [], "\(process)")
        }
        #expect(try InheritedSockets(environment: [:]).main == [])
        #expect(try InheritedSockets(environment: ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "-1"]).main == [])
    }

    @Test func `a socket named redirect is for plain HTTP beside HTTPS`() throws {
        let descriptor = socket(AF_INET6, SOCK_STREAM, listens: true)
        defer { close(descriptor) }
        for (names, isRedirecting) in [("redirect", true), ("latchkey.socket", false), ("", false)] {
            let found = try sockets(descriptor, names: names)
            #expect(found.redirecting == (isRedirecting ? [descriptor] : []), "\(names)")
            #expect(found.main == (isRedirecting ? [] : [descriptor]), "\(names)")
        }
    }

    @Test func `a socket that cannot be served is refused with a message`() throws {
        let cases: [(CInt, String)] = [
            (socket(AF_INET, SOCK_STREAM), "does not listen. Set Accept=no."),
            (socket(AF_INET, SOCK_DGRAM), "is not for TCP. Give ListenStream= a port."),
            (socket(AF_UNIX, SOCK_STREAM), "is not for TCP. Give ListenStream= a port."),
            (open("/dev/null", O_RDONLY), "is not a socket."),
        ]
        for (descriptor, words) in cases {
            defer { close(descriptor) }
            let problem = #expect(throws: InheritedSockets.Problem.self) { try sockets(descriptor, names: "web") }
            #expect(problem?.description == "The socket \(descriptor) (web) of the service manager \(words)")
        }
    }

    @Test func `connections wait in the queue of a socket from one server to the next`() async throws {
        let (descriptor, port) = try listeningSocket()
        defer { close(descriptor) }
        var configuration = ServerConfiguration.forTests
        configuration.sockets = [dup(descriptor)]
        try await withServer(configuration) { bound in
            #expect(bound == port)
            let answer = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /first HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return client.receiveAll()
            }
            #expect(answer.hasSuffix("GET /first "))
        }
        // No server now: connecting works, and the request waits.
        let waiting = try RawClient(port: port)
        waiting.send("GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        configuration.sockets = [dup(descriptor)]
        try await withServer(configuration) { _ in
            let answer = try await blocking { waiting.receiveAll() }
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("GET /second "))
        }
    }

    @Test func `requests on their way when the server stops are answered, and the last of a connection says so`()
        async throws
    {
        var configuration = ServerConfiguration.forTests
        configuration.lastRequestTimeout = .seconds(30)
        let answers = Mutex<[String]>([])
        let asking = Mutex<[WorkerThread]>([])
        try await withServer(configuration) { port in
            for _ in 0..<2 {
                let client = try await blocking {
                    let client = try RawClient(port: port)
                    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = client.receive(until: "GET /1 ")
                    return client
                }
                let thread = try WorkerThread {
                    var answer = ""
                    repeat {
                        client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
                        answer = client.receive(until: "GET /2 ")
                    } while answer.hasSuffix("GET /2 ") && !answer.lowercased().contains("\r\nconnection: close\r\n")
                    answers.withLock { $0.append(answer) }
                }
                asking.withLock { $0.append(thread) }
            }
        }
        let threads = asking.withLock { $0 }
        try await blocking { for thread in threads { thread.join() } }
        let last = answers.withLock { $0 }
        #expect(last.count == 2)
        for answer in last {
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n") && answer.hasSuffix("GET /2 "))
        }
    }

    @Test func `an idle connection is closed without a response when the server stops`() async throws {
        let idle = Mutex<RawClient?>(nil)
        try await withServer { port in
            let client = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = client.receive(until: "GET /1 ")
                return client
            }
            idle.withLock { $0 = client }
        }
        let client = try #require(idle.withLock { $0 })
        #expect(try await blocking { client.receiveAll() } == "")
    }

    private func listeningSocket() throws -> (CInt, port: Int) {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound && listen(descriptor, 16) == 0)
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
