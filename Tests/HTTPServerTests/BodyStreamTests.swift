import Foundation
import HTTPServer
import NIOCore
import Synchronization
import TestSupport
import Testing

/// Bodies that are made while they are sent. The client that reads them is curl where nothing else is said.
@Suite(.serialized) struct BodyStreamTests {
    private struct SourceFailed: Error {}

    /// What a source has done.
    private final class Source: Sendable {
        let sent = Atomic(0)
        let isOver = Atomic(false)
        let wasCancelled = Atomic(false)

        /// Sends these pieces, then fails or waits, or ends.
        func response(_ pieces: [[UInt8]], then end: End = .ends) -> Response {
            Response(
                status: .ok, headers: ["content-type": "application/octet-stream"],
                stream: BodyStream { send in
                    defer { self.isOver.store(true, ordering: .releasing) }
                    for piece in pieces {
                        try await send(ByteBuffer(bytes: piece))
                        self.sent.wrappingAdd(piece.count, ordering: .releasing)
                    }
                    switch end {
                    case .ends: break
                    case .fails: throw SourceFailed()
                    case .waits:
                        do { try await Task.sleep(for: .seconds(60)) } catch {
                            self.wasCancelled.store(true, ordering: .releasing)
                            throw error
                        }
                    }
                })
        }

        enum End { case ends, fails, waits }
    }

    private func randomPieces(_ count: Int, upTo size: Int) -> [[UInt8]] {
        var random = SplitMix(state: UInt64(count))
        return (0..<count).map { _ in
            (0..<Int.random(in: 0...size, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
    }

    @Test(arguments: ["--http1.1", "--http1.0"]) func `a stream arrives whole, and again on the same connection`(
        _ version: String
    ) async throws {
        let pieces = randomPieces(40, upTo: 100_000)
        let respond: Responder = { _ in Source().response(pieces) }
        try await withServer(respond: respond) { port in
            try await blocking {
                let url = "http://127.0.0.1:\(port)/"
                let (status, output) = try curl([version, url, url])
                #expect(status == 0)
                let whole = Data(pieces.joined())
                #expect(output == whole + whole)
            }
        }
    }

    @Test func `the head says how the body ends`() async throws {
        let respond: Responder = { _ in Source().response([Array("one".utf8), [], Array("two".utf8)]) }
        try await withServer(respond: respond) { port in
            try await blocking {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = client.receive(until: "\r\n0\r\n\r\n")
                #expect(answer.contains("\r\ntransfer-encoding: chunked\r\n") && !answer.contains("content-length"))
                #expect(answer.hasSuffix("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
                client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                let heads = client.receiveAll()
                #expect(heads.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
                #expect(heads.components(separatedBy: "3\r\none\r\n").count == 2)

                let old = try RawClient(port: port)
                old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let oldAnswer = old.receiveAll()
                #expect(oldAnswer.contains("\r\nconnection: close\r\n") && !oldAnswer.contains("transfer-encoding"))
                #expect(oldAnswer.hasSuffix("\r\n\r\nonetwo"))
            }
        }
    }

    @Test func `a source is no faster than its client`() async throws {
        let source = Source()
        let pieces = [[UInt8]](repeating: [UInt8](repeating: 0x78, count: 65_536), count: 800)
        let respond: Responder = { _ in source.response(pieces) }
        try await withServer(respond: respond) { port in
            try await blocking {
                let client = try RawClient(port: port, receiveBuffer: 65_536)
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                _ = client.receive()
                usleep(500_000)
                let early = source.sent.load(ordering: .acquiring)
                // What the sockets of both sides hold, of 50 MB.
                #expect(early < 8 << 20)
                #expect(client.receiveAll().utf8.count > 50_000_000)
            }
            #expect(source.sent.load(ordering: .acquiring) == 800 * 65_536)
        }
    }

    @Test func `a client that stops reading is cut off, and its source is cancelled`() async throws {
        let source = Source()
        var configuration = ServerConfiguration.forTests
        configuration.writeTimeout = .seconds(1)
        let pieces = [[UInt8]](repeating: [UInt8](repeating: 0x78, count: 65_536), count: 800)
        let respond: Responder = { _ in source.response(pieces) }
        try await withServer(configuration, respond: respond) { port in
            let client = try RawClient(port: port, receiveBuffer: 65_536)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await waitUntil { source.isOver.load(ordering: .acquiring) }
            #expect(source.sent.load(ordering: .acquiring) < 8 << 20)
            withExtendedLifetime(client) {}
        }
    }

    @Test func `a client that leaves ends its source, however long that waits`() async throws {
        let source = Source()
        let respond: Responder = { _ in source.response([[0x78]], then: .waits) }
        try await withServer(respond: respond) { port in
            try await blocking {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = client.receive(until: "x\r\n")
                client.resetOnClose()
            }
            try await waitUntil { source.wasCancelled.load(ordering: .acquiring) }
        }
    }

    @Test func `a source that fails cuts the body off`() async throws {
        let respond: Responder = { _ in Source().response([Array("part".utf8)], then: .fails) }
        try await withServer(respond: respond) { port in
            try await blocking {
                let (status, output) = try curl(["http://127.0.0.1:\(port)/"])
                #expect(status == 18, "CURLE_PARTIAL_FILE")
                #expect(output == Data("part".utf8))
            }
        }
    }

    @Test func `without chunks, a source that fails resets the connection`() async throws {
        let respond: Responder = { _ in Source().response([Array("part".utf8)], then: .fails) }
        try await withServer(respond: respond) { port in
            try await blocking {
                let status = try curl(["--http1.0", "http://127.0.0.1:\(port)/"]).status
                #expect(status == 56, "CURLE_RECV_ERROR")
            }
        }
    }

    @Test func `pieces that are sent at the same time arrive whole, one after the other`() async throws {
        let respond: Responder = { _ in
            Response(
                status: .ok,
                stream: BodyStream { send in
                    try await withThrowingTaskGroup { group in
                        for letter in "abcdefgh".utf8 {
                            group.addTask { try await send(ByteBuffer(repeating: letter, count: 100_000)) }
                        }
                        try await group.waitForAll()
                    }
                })
        }
        try await withServer(respond: respond) { port in
            try await blocking {
                let (status, output) = try curl(["http://127.0.0.1:\(port)/"])
                #expect(status == 0 && output.count == 800_000)
                let runs = output.split { $0 < UInt8(ascii: "a") }.first.map { Array($0) } ?? []
                #expect(zip(runs, runs.dropFirst()).count { $0 != $1 } == 7)
            }
        }
    }

    @Test func `parts that a source sends after its response are dropped`() async throws {
        let kept = Mutex<BodyStream.Send?>(nil)
        let isRefused = Atomic(false)
        let respond: Responder = { request in
            Response(
                status: .ok,
                stream: BodyStream { send in
                    try await send(ByteBuffer(string: request.uri))
                    if let old = kept.withLock({ $0 }) {
                        do { try await old(ByteBuffer(string: "late")) } catch {
                            isRefused.store(true, ordering: .releasing)
                        }
                    }
                    kept.withLock { $0 = send }
                })
        }
        try await withServer(respond: respond) { port in
            try await blocking {
                let client = try RawClient(port: port)
                for uri in ["/1", "/2"] {
                    client.send("GET \(uri) HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(client.receive(until: "\r\n0\r\n\r\n").hasSuffix("\r\n\r\n2\r\n\(uri)\r\n0\r\n\r\n"))
                }
            }
        }
        let wasRefused = isRefused.load(ordering: .acquiring)
        #expect(wasRefused)
    }

    @Test func `a stream without an end of its own ends properly when the server shuts down`() async throws {
        let respond: Responder = { _ in
            Response(
                status: .ok,
                stream: BodyStream(endsAtShutdown: true) { send in
                    try await send(ByteBuffer(string: "event"))
                    try await Task.sleep(for: .seconds(60))
                })
        }
        let client = Mutex<RawClient?>(nil)
        let began = ContinuousClock.now
        try await withServer(respond: respond) { port in
            try await blocking {
                let stream = try RawClient(port: port)
                stream.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = stream.receive(until: "event\r\n")
                client.withLock { $0 = stream }
            }
        }
        // The shutdown lets others finish for nine seconds.
        #expect(ContinuousClock.now - began < .seconds(8))
        let rest = client.withLock { $0?.receiveAll() }
        #expect(rest == "0\r\n\r\n")
    }

    @Test func `a stream is logged once, at its end, with what was sent`() async throws {
        let records = Mutex<[AccessRecord]>([])
        let respond: Responder = { request in
            Source().response([Array("part".utf8)], then: request.uri == "/f" ? .fails : .ends)
        }
        let accessLog: AccessLog = { record in records.withLock { $0.append(record) } }
        try await withServer(accessLog: accessLog, respond: respond) { port in
            try await blocking {
                _ = try curl(["http://127.0.0.1:\(port)/"])
                _ = try curl(["-I", "http://127.0.0.1:\(port)/"])
                _ = try curl(["http://127.0.0.1:\(port)/f"])
            }
            try await waitUntil { records.withLock { $0.count } == 3 }
        }
        let found = records.withLock { $0 }
        #expect(found.allSatisfy { $0.status == 200 && !$0.isGone })
        #expect(found.map(\.bytes) == [4, 0, 4])
    }

    #if TLS
        @Test func `over HTTP/2 many streams arrive at once, and a failure resets its stream`() async throws {
            let identity = try await withTemporaryDirectory { try TLSIdentity(try TLSFiles.make(in: $0, "a")) }
            let pieces = randomPieces(40, upTo: 100_000)
            let respond: Responder = { request in Source().response(pieces, then: request.uri == "/f" ? .fails : .ends)
            }
            try await withServer(tls: identity, respond: respond) { port in
                try await blocking {
                    let url = "https://localhost:\(port)/"
                    let whole = Data(pieces.joined())
                    let (status, output) = try curl(["--http2", "-k", "--parallel", url, url, url, url])
                    #expect(status == 0 && output.count == 4 * whole.count)
                    #expect(try curl(["--http2", "-k", url]).output == whole)
                    let (failure, part) = try curl(["--http2", "-k", url + "f"])
                    #expect(failure == 92, "CURLE_HTTP2_STREAM")
                    #expect(part.count <= whole.count && whole.starts(with: part))
                    #expect(try curl(["--http2", "-k", "-I", url]).status == 0)
                }
            }
        }
    #endif
}
