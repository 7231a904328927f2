import Basics
import Glibc
import JSON
import Logging

/// One line for each event, as text for people or as JSON for programs. Control characters in values are escaped, so
/// that an event always stays on one line.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let output: LogOutput
    private let isJSON: Bool

    init(output: LogOutput, level: Logger.Level, isJSON: Bool) {
        self.output = output
        self.isJSON = isJSON
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { output.write(Self.line(for: event, isJSON: isJSON, metadata: metadata)) }

    /// The bytes of one event, including the line break.
    static func line(for event: LogEvent, isJSON: Bool, metadata: Logger.Metadata) -> [UInt8] {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { $1 } }
        let sorted = fields.sorted { $0.key < $1.key }
        return VisibleText.escaped(
            isJSON ? json(event.level, event.message, sorted) : text(event.level, event.message, sorted))
    }

    private typealias Fields = [(key: String, value: Logger.Metadata.Value)]

    private static func json(_ level: Logger.Level, _ message: Logger.Message, _ fields: Fields) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object {
            $0.member("ts", Timestamp.now().rfc3339)
            $0.member("level", level.rawValue)
            $0.member("msg", message.description)
            for (key, value) in fields {
                if let number = Self.number(value) {
                    $0.member(dynamic: key, number)
                } else {
                    $0.member(dynamic: key, value.description)
                }
            }
        }
        return json.bytes + [0x0A]
    }

    private static func number(_ value: Logger.Metadata.Value) -> Int64? {
        guard case .stringConvertible(let convertible) = value else { return nil }
        return (convertible as? any BinaryInteger).map { Int64(clamping: $0) }
    }

    /// A line without fields, for messages before logging is set up.
    static func jsonLine(_ level: Logger.Level, _ message: Logger.Message) -> [UInt8] {
        VisibleText.escaped(json(level, message, []))
    }

    private static func text(_ level: Logger.Level, _ message: Logger.Message, _ fields: Fields) -> [UInt8] {
        var line = Array("\(Timestamp.now().rfc3339) \(level.rawValue) ".utf8)
        append(message.description, to: &line, quotes: false)
        for (key, value) in fields {
            line.append(0x20)
            append(key, to: &line, quotes: true)
            line.append(UInt8(ascii: "="))
            append(value.description, to: &line, quotes: true)
        }
        line.append(0x0A)
        return line
    }

    /// Text other than a single plain word is written as a JSON string, so that no value can resemble a field or begin
    /// a line.
    static func append(_ text: String, to line: inout [UInt8], quotes: Bool) {
        let isPlain = text.withBytes { bytes in
            bytes.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
                    || (!quotes && byte == 0x20)
            }
        }
        if isPlain && !text.isEmpty {
            line.append(contentsOf: text.utf8)
        } else {
            var json = JSONWriter(capacity: text.utf8.count + 2)
            json.string(text)
            line.append(contentsOf: json.bytes)
        }
    }
}
