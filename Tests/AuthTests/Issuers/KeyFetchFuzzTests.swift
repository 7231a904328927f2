import Basics
import HTTPClient
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Auth

/// Responses of a service that is asked for its keys, valid and invalid: the keys become known, or the log gets the
/// reason; nothing else.
@Suite struct KeyFetchFuzzTests {
    /// Asks a service that answers with these bytes.
    private struct Asker {
        let service: RawService
        let issuer: TestIssuer
        let forger: TestIssuer
        let store: SQLAccountStore
        let ids = UUIDv7Generator()

        /// - Returns: the report where the keys did not become known.
        func ask(_ answer: [UInt8]) async throws -> TrustedIssuers.Report? {
            service.answers(answer)
            let reports = Mutex<[TrustedIssuers.Report]>([])
            let issuers = TrustedIssuers(
                [TrustedIssuer(address: "http://127.0.0.1:\(service.port)/jwks.json")], fetcher: HTTPFetcher(),
                store: store, ids: ids, report: { report in reports.withLock { $0.append(report) } })
            let isKnown = try await issuers.opens(issuer.token("honest")) != nil
            let isFooled = try await issuers.opens(forger.token("forger")) != nil
            #expect(!isFooled, "\(String(decoding: answer, as: UTF8.self))")
            let told = reports.withLock { $0 }
            #expect(told.count <= 1 && told.allSatisfy { !$0.cause.isEmpty && $0.kind == .keysNotFetched })
            return isKnown ? nil : told.first
        }
    }

    private func withAsker(_ work: (Asker) async throws -> Void) async throws {
        let service = try RawService()
        defer { service.stop() }
        try await TestDatabase.with { database in
            let asker = Asker(
                service: service, issuer: try TestIssuer("x"), forger: try TestIssuer("x"),
                store: SQLAccountStore(database))
            try await work(asker)
        }
    }

    @Test func `heads that RFC 9112 allows are read`() async throws {
        try await withAsker { asker in
            let body = try asker.issuer.keySet()
            let count = body.utf8.count
            for head in [
                "HTTP/1.0 200 OK\r\nContent-Length: \(count)", "HTTP/1.1 200 OK\r\ncontent-length:\t\(count) \t",
                "HTTP/1.1 200 \r\nCONTENT-LENGTH: \(count)", "HTTP/1.1 200\r\nContent-Length: 000\(count)",
                "HTTP/1.0 200 OK", "HTTP/1.1 200 OK\r\nX-Empty:\r\nX-Bytes: \u{e9}",
            ] {
                #expect(try await asker.ask(Array((head + "\r\n\r\n" + body).utf8)) == nil, "\(head)")
            }
            let more = "HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n\(body)HTTP/1.1 200 OK\r\n\r\n{}"
            #expect(try await asker.ask(Array(more.utf8)) == nil, "What follows the body is not read.")
        }
    }

    @Test func `incomplete, unsuccessful and malformed responses are refused with a reason`() async throws {
        try await withAsker { asker in
            let body = try asker.issuer.keySet()
            let count = body.utf8.count
            let heads = [
                "HTTP/1.0 200 OK\r\nContent-Length: \(count + 1)", "HTTP/1.0 200 OK\r\nContent-Length: 5",
                "HTTP/1.0 200 OK\r\nContent-Length: 9223372036854775807", "HTTP/1.1 200 OK\r\nContent-Length: -5",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "HTTP/1.1 204 No Content", "HTTP/1.1 404 Not Found",
                "HTTP/1.1 301 Moved\r\nLocation: /", "HTTP/1.1 500 Oh", "HTTP/1.1 20", "ICY 200 OK", "", "\r\n",
                "HTTP/1.1 200 OK\r\nX: a\0b",
            ]
            for head in heads {
                #expect(try await asker.ask(Array((head + "\r\n\r\n" + body).utf8)) != nil, "\(head)")
            }
        }
    }

    @Test func `chunks are read, a redirect is not followed, and a large body is refused`() async throws {
        try await withAsker { asker in
            let body = try asker.issuer.keySet()
            let chunks = "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
            let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
            #expect(try await asker.ask(Array(chunked.utf8)) == nil)
            let redirect = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
            #expect(try await asker.ask(Array(redirect.utf8))?.cause.contains("302") == true)
            let large = "HTTP/1.1 200 OK\r\n\r\n" + body + String(repeating: " ", count: 1 << 20)
            #expect(try await asker.ask(Array(large.utf8))?.cause.contains("1 MiB") == true)
        }
    }

    @Test func `random answers make keys known or give a reason`() async throws {
        try await withAsker { asker in
            var random = SplitMix(state: 11)
            let body = try asker.issuer.keySet()
            let good = [
                "HTTP/1.0 200 OK\r\nContent-Length: \(body.utf8.count)\r\nContent-Type: application/json\r\n\r\n\(body)",
                "HTTP/1.1 200 OK\r\nServer: x\r\nConnection: close\r\n\r\n\(body)",
            ].map { Array($0.utf8) }
            var known = 0
            for round in 0..<(1500 * fuzzFactor) {
                let answer = Self.mutate(good[round % 2], with: &random)
                if try await asker.ask(answer) == nil { known += 1 }
            }
            // Both ends are reached: what was changed may be of no importance.
            #expect(known > 0 && known < 1500 * fuzzFactor)
        }
    }

    private static let pieces = [
        "Content-Length: -5\r\n", "Content-Length: 5\r\n", "Content-Length:\r\n", "Transfer-Encoding: chunked\r\n",
        "\r\n", "\n",
        "\r", "\0", ":", " ", "-", "+", "9999999999999999999999", "HTTP/1.1 ", "\r\n\r\n", "\u{661}", "e\u{301}",
        "\u{FEFF}",
    ].map { Array($0.utf8) }

    private static func mutate(_ good: [UInt8], with random: inout SplitMix) -> [UInt8] {
        var bytes = good
        for _ in 0...random.below(3) {
            guard !bytes.isEmpty else { return bytes }
            // Most of what can go wrong is in the head.
            let bound = random.below(4) == 0 ? bytes.count : min(bytes.count, 90)
            let place = random.below(bound)
            switch random.below(7) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[place] ^= UInt8(1 << random.below(8))
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
            case 4: bytes.removeSubrange(place..<min(bytes.count, place + random.below(30)))
            case 5: bytes.removeLast(random.below(bytes.count))
            default:
                let end = min(bytes.count, place + random.below(60))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: random.below(bytes.count))
            }
        }
        return bytes
    }
}
