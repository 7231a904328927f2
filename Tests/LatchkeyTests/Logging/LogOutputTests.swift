import HTTPServer
import JSON
import Logging
import Testing

@testable import Latchkey

@Suite struct LogOutputTests {
    private func lines(isJSON: Bool, _ message: String, _ metadata: Logger.Metadata) -> String {
        let event = LogEvent(
            level: .info, message: "\(message)", error: nil, metadata: metadata, source: "", file: "", function: "",
            line: 0)
        return String(decoding: LineLogHandler.line(for: event, isJSON: isJSON, metadata: [:]), as: UTF8.self)
    }

    private let hostile: Logger.Metadata = [
        "path": "/a\r\n2026-01-01T00:00:00Z info forged", "agent": "\u{1b}[31mred\u{2028}x", "quote": "a\" b=c",
        "empty": "",
    ]

    @Test func `a line stays one line, whatever is in it`() {
        for isJSON in [false, true] {
            let line = lines(isJSON: isJSON, "msg\nforged", hostile)
            #expect(line.utf8.filter { $0 == 0x0A }.count == 1)
            #expect(line.utf8.last == 0x0A)
            #expect(!line.utf8.contains(0x0D))
            #expect(!line.utf8.contains(0x1B))
        }
    }

    @Test func `a request's line is written like every other`() {
        let hostile = "/a\r\n\u{1b}[31m\u{2028}\" b=c"
        for (path, isGone) in [("/api/tasks", false), (hostile, true), ("", false)] {
            let record = AccessRecord(
                requestID: "ab-1", method: "GET", path: path, status: 200, bytes: 1234, microseconds: 0, peer: nil,
                isGone: isGone)
            var metadata: Logger.Metadata = [
                "request_id": "ab-1", "method": "GET", "path": "\(path)",
                "status": .stringConvertible(200), "bytes": .stringConvertible(1234), "us": .stringConvertible(0),
                "peer": "-",
            ]
            if isGone { metadata["client"] = "gone" }
            for isJSON in [false, true] {
                let line = String(
                    decoding: LineLogHandler.line(for: record, at: .now(), isJSON: isJSON), as: UTF8.self)
                // All but the time.
                let start = isJSON ? 32 : 24
                #expect(
                    line.utf8.dropFirst(start).elementsEqual(
                        lines(isJSON: isJSON, "request", metadata).utf8.dropFirst(start)), "\(line)")
            }
        }
    }

    @Test func `what is more than a letter is escaped, and JSON reads it back`() throws {
        let hostile = "a\u{2028}b\u{2029}c\u{85}d\u{9b}31me\u{202e}f\u{200b}g\u{feff}h\u{e0041}i\u{7f}é漢🦊…"
        for isJSON in [false, true] {
            let line = lines(isJSON: isJSON, "hello", ["x": "\(hostile)"])
            for scalar in line.unicodeScalars where scalar != "\n" {
                let category = scalar.properties.generalCategory
                #expect(![.control, .format, .lineSeparator, .paragraphSeparator].contains(category))
            }
            #expect(line.contains("é漢🦊…"))
        }
        let line = lines(isJSON: true, "hello", ["x": "\(hostile)"])
        guard case .object(let object) = try JSONReader.read(Array(line.utf8.dropLast())) else {
            return #expect(Bool(false))
        }
        #expect(object["x"] == .string(hostile))
    }

    @Test func `a JSON line is JSON with every field`() throws {
        let line = lines(isJSON: true, "hello", hostile)
        guard case .object(let object) = try JSONReader.read(Array(line.utf8.dropLast())) else {
            return #expect(Bool(false))
        }
        #expect(object["msg"] == .string("hello"))
        #expect(object["level"] == .string("info"))
        #expect(object["quote"] == .string("a\" b=c"))
    }

    @Test func `a text line quotes what is more than a word`() {
        let line = lines(isJSON: false, "hello", ["a": "x", "b": "two words", "c": "d=e"])
        #expect(line.hasSuffix(" info hello a=x b=\"two words\" c=\"d=e\"\n"))
    }
}
