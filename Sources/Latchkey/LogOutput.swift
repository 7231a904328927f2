import Domain
import Glibc
import JSON
import Logging
import Synchronization
import Workers

/// Writes log lines to standard error from a thread of its own: a slow terminal holds up no request.
final class LogOutput: Sendable {
    private let queue = BlockingQueue<[UInt8]>(capacity: 100_000)
    private let isDone = Atomic<Bool>(false)

    init() throws {
        _ = try WorkerThread { [self] in
            while true {
                let lines = queue.popAll(limit: 1000)
                guard !lines.isEmpty else { return isDone.store(true, ordering: .releasing) }
                Self.writeAll(Array(lines.joined()))
            }
        }
    }

    /// Takes a line; when nobody reads and the queue is full, it is dropped rather than waited for.
    func write(_ line: [UInt8]) { _ = queue.push(line) }

    /// Writes what waits, for at most a second: nobody may be reading any more.
    func close() {
        queue.close()
        for _ in 0..<100 where !isDone.load(ordering: .acquiring) { usleep(10_000) }
    }

    private static func writeAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, 1000)
            } else if errno != EINTR {
                return
            }
        }
    }
}

/// One line for each event, as text for people or as JSON for programs. Whatever is in a value, the line stays one
/// line: control characters are escaped.
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

    /// The bytes of one event, with the line break that ends it.
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
            for (key, value) in fields { $0.member(dynamic: key, value.description) }
        }
        return json.bytes + [0x0A]
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

    /// Text that is more than one plain word is written as a JSON string, so that no value can look like a field or
    /// begin a line.
    private static func append(_ text: String, to line: inout [UInt8], quotes: Bool) {
        let isPlain = text.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
                || (!quotes && byte == 0x20)
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
