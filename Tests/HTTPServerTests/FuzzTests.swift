import Basics
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import HTTPServer

/// Random input for the readers of requests, compared with slower readers that are evidently right.
/// `make fuzz` multiplies the rounds.
@Suite struct FuzzTests {
    // MARK: Forms and queries

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `whatever fields are encoded, they come back`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<(3000 * fuzzFactor) {
            let pairs = (0..<random.below(6)).map { _ in (Self.text(&random), Self.text(&random)) }
            let encoded = pairs.map { Self.encoded($0.0, &random) + "=" + Self.encoded($0.1, &random) }
                .joined(separator: "&")
            let fields = try FormFields(urlEncoded: encoded.utf8)
            #expect(fields.pairs.map { Array($0.name.utf8) } == pairs.map { Array($0.0.utf8) }, "\(encoded)")
            #expect(fields.pairs.map { Array($0.value.utf8) } == pairs.map { Array($0.1.utf8) }, "\(encoded)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `random bytes are fields or a 400, and never hold a NUL`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var accepted = 0
        let letters = Array("ab%&=+;é\u{0}09fF\r\n \"<".utf8)
        for _ in 0..<(6000 * fuzzFactor) {
            let bytes = (0..<random.below(24)).map { _ in letters[random.below(letters.count)] }
            do {
                let fields = try FormFields(urlEncoded: bytes)
                accepted += 1
                #expect(fields.pairs.allSatisfy { !$0.name.utf8.contains(0) && !$0.value.utf8.contains(0) })
                let again = fields.pairs.map {
                    PercentEncoding.encodeComponent($0.name) + "=" + PercentEncoding.encodeComponent($0.value)
                }.joined(separator: "&")
                #expect(try FormFields(urlEncoded: again.utf8) == fields)
            } catch let error as HTTPError {
                #expect(error.status == .badRequest)
            }
        }
        #expect(accepted > 500, "Otherwise the test would prove little.")
    }

    private static func text(_ random: inout SplitMix) -> String {
        let pieces = [
            "a", "B", "é", "e\u{301}", "🦊", "&", "=", "+", "%", " ", "\r\n", "\"", "<", "\u{202E}", "~", "%41",
        ]
        return (0..<random.below(6)).map { _ in pieces[random.below(pieces.count)] }.joined()
    }

    /// Every byte escaped or not, as far as it may be left alone.
    private static func encoded(_ text: String, _ random: inout SplitMix) -> String {
        var output = ""
        for byte in text.utf8 {
            let isPlain = byte > 0x20 && byte < 0x7F && !"&=+%".utf8.contains(byte)
            if byte == 0x20 && random.below(2) == 0 {
                output += "+"
            } else if isPlain && random.below(3) > 0 {
                output += String(decoding: [byte], as: UTF8.self)
            } else {
                let hex = String(byte, radix: 16, uppercase: random.below(2) == 0)
                output += "%" + (hex.utf8.count == 1 ? "0" : "") + hex
            }
        }
        return output
    }

    // MARK: Cookies

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `cookies are found as a plain reading of the header finds them`(seed: UInt64) {
        var random = SplitMix(state: seed)
        let letters = Array("ab=; \t\"%,é".unicodeScalars)
        for _ in 0..<(4000 * fuzzFactor) {
            let headers = (0..<(1 + random.below(2))).map { _ in
                String(
                    String.UnicodeScalarView((0..<random.below(30)).map { _ in letters[random.below(letters.count)] }))
            }
            let cookies = Cookies(headers)
            for name in ["a", "b", "ab", "", "é", "a b"] {
                let expected = Self.values(of: name, in: headers)
                #expect(cookies.values(of: name).map { Array($0.utf8) } == expected, "\(name) in \(headers)")
            }
        }
    }

    private static func values(of name: String, in headers: [String]) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for header in headers {
            var value = Array(header.utf8)
            while value.last == 0x20 || value.last == 0x09 { value.removeLast() }
            for pair in value.split(separator: 0x3B) {
                let trimmed = Array(pair.drop { $0 == 0x20 || $0 == 0x09 })
                guard let equals = trimmed.firstIndex(of: 0x3D) else { continue }
                guard Array(trimmed[..<equals]) == Array(name.utf8) else { continue }
                var value = Array(trimmed[(equals + 1)...])
                if value.count >= 2, value.first == 0x22, value.last == 0x22 {
                    value = Array(value[1..<(value.count - 1)])
                }
                values.append(value)
            }
        }
        return values
    }

    // MARK: Router

    private struct Context: RequestContext {
        var parameters = PathParameters()
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `random paths reach what a plain comparison with each pattern allows`(seed: UInt64) async throws {
        let patterns = [
            "/", "/tasks", "/tasks/{a}", "/{a}/tasks", "/users/{a}/tasks", "/users/{a}/tasks/{b}", "/{a}/x/{b}",
        ]
        let router = Router<Context> { site in
            for pattern in patterns {
                site.get(pattern, summary: pattern) { _, context in
                    let values = ["a", "b"].filter { pattern.contains("{\($0)}") }.map { context.parameters[$0] }
                    return Response(
                        status: .ok, contentType: "text/plain",
                        bytes: Array(([pattern] + values).joined(separator: "\n").utf8))
                }
            }
        }
        var random = SplitMix(state: seed)
        let pieces = [
            "tasks", "users", "x", "", ".", "..", "%2e%2E", "%2f", "a%2Fb", "é", "%C3%A9", "%", "%00", "%ff", "t asks",
            "TASKS", "a;b",
        ]
        var found = 0
        for _ in 0..<(3000 * fuzzFactor) {
            let path =
                "/" + (0..<(1 + random.below(4))).map { _ in pieces[random.below(pieces.count)] }.joined(separator: "/")
            let request = Request(
                method: .GET, uri: path, headers: [:], body: ByteBuffer(), peerAddress: nil, id: "fuzz")
            do {
                let response = try await router.respond(to: request, context: Context())
                let lines = String(decoding: response.body.readableBytesView, as: UTF8.self)
                    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                found += 1
                #expect(Self.matches(path, pattern: lines[0], values: Array(lines.dropFirst())), "\(path) → \(lines)")
            } catch let error as HTTPError {
                #expect([.notFound, .badRequest].contains(error.status))
                #expect(
                    error.status == .badRequest || !patterns.contains { Self.matches(path, pattern: $0, values: nil) },
                    "\(path)")
            }
        }
        #expect(found > 100)
    }

    private static func matches(_ path: String, pattern: String, values: [String]?) -> Bool {
        var segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            PercentEncoding.decode($0.utf8)
        }
        let wanted = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        // One slash more at the end is forgiven.
        if segments.count == wanted.count + 1, segments.last == "", segments.dropLast().last != "" {
            segments.removeLast()
        }
        guard segments.count == wanted.count else { return false }
        var captured: [String] = []
        for (segment, want) in zip(segments, wanted) {
            guard let segment else { return false }
            if want.hasPrefix("{") {
                guard !["", ".", ".."].contains(segment) else { return false }
                captured.append(segment)
            } else if !segment.utf8.elementsEqual(want.utf8) {
                return false
            }
        }
        return values.map { $0 == captured } ?? true
    }
}
