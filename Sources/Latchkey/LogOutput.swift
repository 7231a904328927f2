import Domain
import Glibc
import JSON
import Logging
import Synchronization
import Workers

/// Writes log lines to standard error from a thread of its own: a slow terminal holds up no request.
///
/// Under load it takes what has gathered in a few milliseconds at once. Waking the thread for each line, and fighting
/// with it over the queue, cost four calls of the system per request.
final class LogOutput: Sendable {
    private struct State {
        var lines: [UInt8] = []
        var isThreadWaiting = false
        var isClosed = false
    }

    /// Bytes that may wait while nobody reads; lines beyond are dropped rather than waited for.
    private static let maximumSize = 16 << 20
    /// How long lines gather while there are many, in microseconds.
    private static let pause: UInt32 = 5000

    private let state = Mutex(State())
    private let wakeUp = BlockingQueue<Void>()
    private let isDone = Atomic<Bool>(false)

    init() throws {
        _ = try WorkerThread { [self] in
            while let lines = next() {
                Self.writeAll(lines)
                usleep(Self.pause)
            }
            isDone.store(true, ordering: .releasing)
        }
    }

    /// What has gathered; waits where there is nothing. Nil at the end.
    private func next() -> [UInt8]? {
        while true {
            let (lines, isClosed) = state.withLock { state in
                let lines = state.lines
                state.lines = []
                // Room for as much again, so that it does not grow step by step each time.
                if lines.count < 1 << 20 { state.lines.reserveCapacity(lines.count) }
                state.isThreadWaiting = lines.isEmpty
                return (lines, state.isClosed)
            }
            if !lines.isEmpty { return lines }
            if isClosed { return nil }
            _ = wakeUp.pop()
        }
    }

    /// Takes a line; when nobody reads and too much waits already, it is dropped.
    func write(_ line: [UInt8]) {
        let wasWaiting = state.withLock { state in
            guard state.lines.count + line.count <= Self.maximumSize else { return false }
            state.lines.append(contentsOf: line)
            defer { state.isThreadWaiting = false }
            return state.isThreadWaiting
        }
        if wasWaiting { _ = wakeUp.push(()) }
    }

    /// Writes what waits, for at most a second: nobody may be reading any more.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.close()
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

    /// A line without fields, for what is said before there is a log.
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

    /// Text that is more than one plain word is written as a JSON string, so that no value can look like a field or
    /// begin a line.
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
