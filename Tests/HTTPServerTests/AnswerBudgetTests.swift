import Glibc
import HTTPServer
import NIOCore
import NIOHTTP1
import Testing

/// Responses that are not read.
@Suite(.serialized) struct AnswerBudgetTests {
    private static let get = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    private func large(_ size: Int) -> Responder {
        { request in
            request.method == .POST
                ? Response(status: .created)
                : Response(status: .ok, contentType: "text/plain", bytes: [UInt8](repeating: 0x78, count: size))
        }
    }

    @Test func `a network that has used up its budget gets no further responses`() async throws {
        var configuration = ServerConfiguration.forTests
        configuration.maximumAnswerMemory = 16 << 20
        try await withServer(configuration, respond: large(8 << 20)) { port in
            try await blocking {
                var idle: RawClient? = try RawClient(port: port, receiveBuffer: 4096, from: 2)
                idle?.send(Self.get)
                _ = idle?.receive()
                func ask(_ host: UInt32, _ request: String = Self.get) throws -> String {
                    let client = try RawClient(port: port, from: host)
                    client.send(request)
                    return client.receive(until: "\r\n\r\n")
                }
                // Another client of the same network finds the share used up, whatever it asks for; others do not.
                let refused = try ask(2)
                #expect(refused.hasPrefix("HTTP/1.1 503") && refused.contains("retry-after: 1"))
                #expect(try ask(2, Self.get.replacingOccurrence(of: "GET", with: "POST")).hasPrefix("HTTP/1.1 503"))
                #expect(try ask(3).hasPrefix("HTTP/1.1 200"))
                idle = nil
                // It is released when the connection is seen to be gone.
                var answer = ""
                for _ in 0..<1000 where !answer.hasPrefix("HTTP/1.1 200") {
                    answer = try ask(2)
                    usleep(5000)
                }
                #expect(answer.hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test func `a reader below the minimum rate is cut off, though it never stops`() async throws {
        let size = 32 << 20
        var configuration = ServerConfiguration.forTests
        configuration.writeTimeout = .seconds(2)
        configuration.minimumReadRate = 64 << 20
        try await withServer(configuration, respond: large(size)) { port in
            let received = try await blocking {
                let client = try RawClient(port: port, receiveBuffer: 65536)
                client.send(Self.get)
                var count = 0
                while let part = client.receive() {
                    count += part.utf8.count
                    // 4 MB a second.
                    usleep(UInt32(part.utf8.count / 4))
                }
                return count
            }
            #expect(received > 1 << 20)
            #expect(received < size)
        }
    }
}

extension String {
    fileprivate func replacingOccurrence(of word: String, with other: String) -> String {
        split(separator: word, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: other)
    }
}
