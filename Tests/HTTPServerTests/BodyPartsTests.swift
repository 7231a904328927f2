import HTTPServer
import NIOCore
import Synchronization
import TestSupport
import Testing

/// Bodies that are sent in parts, with pauses in which they have no task.
@Suite(.serialized) struct BodyPartsTests {
    /// A source that sends a part at each signal, and ends after some.
    private final class Parts: Sendable {
        private struct State {
            var signals = 0
            var sent = 0
            var pauses = 0
            var wake: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())
        private let count: Int

        init(_ count: Int) { self.count = count }

        func signal() {
            let wake = state.withLock { state in
                state.signals += 1
                defer { state.wake = nil }
                return state.wake
            }
            wake?()
        }

        var isWaiting: Bool { state.withLock { $0.wake != nil } }
        var pauses: Int { state.withLock { $0.pauses } }

        var response: Response {
            let pause: BodyStream.Pause = { wake in
                let isNow = self.state.withLock { state in
                    if state.sent == state.signals { (state.wake, state.pauses) = (wake, state.pauses + 1) }
                    return state.sent < state.signals
                }
                if isNow { wake() }
            }
            return Response(
                status: .ok,
                stream: BodyStream(endsAtShutdown: true, pause: pause) { send in
                    while let part = self.next() { try await send(ByteBuffer(string: "\(part)")) }
                    return self.state.withLock { $0.sent } < self.count
                })
        }

        private func next() -> Int? {
            state.withLock { state in
                guard state.sent < min(state.signals, count) else { return nil }
                state.sent += 1
                return state.sent
            }
        }
    }

    @Test func `a stream with pauses sends a part at each signal, whenever it comes, to its end`() async throws {
        let (count, rounds) = (200, 20)
        let parts = (0..<rounds).map { _ in Parts(count) }
        let expected = (1...count).map(String.init).joined()
        let respond: Responder = { request in
            let parts = parts[Int(request.uri.dropFirst()) ?? 0]
            // From other threads: one signals in pauses only, the others at any time.
            for sender in 0..<4 {
                Task.detached {
                    for _ in 0..<(count / 4) {
                        repeat {
                            try await Task.sleep(for: .microseconds(Int.random(in: 0...300)))
                        } while sender == 0 && !parts.isWaiting
                        parts.signal()
                    }
                }
            }
            return parts.response
        }
        try await withServer(respond: respond) { port in
            try await blocking {
                for round in 0..<rounds {
                    let (status, output) = try curl(["http://127.0.0.1:\(port)/\(round)"])
                    #expect(status == 0)
                    #expect(String(decoding: output, as: UTF8.self) == expected)
                    #expect(parts[round].pauses >= count / 4)
                }
            }
        }
    }

    @Test func `a stream that pauses is released when its client has gone`() async throws {
        let found = Mutex<[Weak]>([])
        let respond: Responder = { _ in
            let parts = Parts(.max)
            parts.signal()
            found.withLock { $0.append(Weak(parts: parts)) }
            return parts.response
        }
        try await withServer(respond: respond) { port in
            try await blocking {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = client.receive(until: "1\r\n1\r\n")
            }
            // That it has gone shows when something is sent to it.
            try await waitUntil {
                let parts = found.withLock { $0.compactMap(\.parts) }
                for part in parts { part.signal() }
                return parts.isEmpty
            }
        }
    }

    private struct Weak { weak var parts: Parts? }

    @Test(arguments: [("1.1", "\r\n1\r\n1\r\n", "0\r\n\r\n"), ("1.0", "\r\n\r\n1", "")])
    func `a stream that pauses ends properly when the server shuts down`(
        version: String, part: String, end: String
    ) async throws {
        let parts = Parts(2)
        parts.signal()
        let client = Mutex<RawClient?>(nil)
        let began = ContinuousClock.now
        let respond: Responder = { _ in parts.response }
        try await withServer(respond: respond) { port in
            try await blocking {
                let stream = try RawClient(port: port)
                stream.send("GET / HTTP/\(version)\r\nHost: a\r\n\r\n")
                #expect(stream.receive(until: part).hasSuffix(part))
                client.withLock { $0 = stream }
            }
            try await waitUntil { parts.isWaiting }
        }
        #expect(ContinuousClock.now - began < .seconds(8))
        let rest = client.withLock { $0?.receiveAll() }
        #expect(rest == end)
    }

    @Test func `bytes that an earlier part still sends are dropped`() async throws {
        let kept = Mutex<BodyStream.Send?>(nil)
        let isRefused = Atomic(false)
        let respond: Responder = { _ in
            let pause: BodyStream.Pause = { wake in wake() }
            return Response(
                status: .ok,
                stream: BodyStream(endsAtShutdown: true, pause: pause) { send in
                    guard let old = kept.withLock({ $0 }) else {
                        kept.withLock { $0 = send }
                        try await send(ByteBuffer(string: "first,"))
                        return true
                    }
                    do { try await old(ByteBuffer(string: "late,")) } catch {
                        isRefused.store(true, ordering: .releasing)
                    }
                    try await send(ByteBuffer(string: "last"))
                    return false
                })
        }
        try await withServer(respond: respond) { port in
            try await blocking {
                let (status, output) = try curl(["http://127.0.0.1:\(port)/"])
                #expect(status == 0)
                #expect(String(decoding: output, as: UTF8.self) == "first,last")
            }
        }
        let wasRefused = isRefused.load(ordering: .acquiring)
        #expect(wasRefused)
    }
}
