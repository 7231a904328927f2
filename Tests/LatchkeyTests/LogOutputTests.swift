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
