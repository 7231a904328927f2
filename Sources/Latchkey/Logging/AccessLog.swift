import Basics
import HTTPServer
import JSON

/// The line of each request, with the same output as `LineLogHandler` but without its general machinery, so that
/// logging stays cheaper than most responses.
extension LineLogHandler {
    static func accessLog(to output: LogOutput, isJSON: Bool) -> AccessLog {
        { record in output.write(line(for: record, at: .now(), isJSON: isJSON)) }
    }

    static func line(for record: AccessRecord, at time: Timestamp, isJSON: Bool) -> [UInt8] {
        VisibleText.escaped(isJSON ? json(record, time) : text(record, time))
    }

    private static func json(_ record: AccessRecord, _ time: Timestamp) -> [UInt8] {
        var json = JSONWriter(capacity: 320)
        json.object {
            $0.member("ts", time.rfc3339)
            $0.member("level", "info")
            $0.member("msg", "request")
            $0.member("bytes", Int64(record.bytes))
            if record.isGone { $0.member("client", "gone") }
            $0.member("method", record.method)
            $0.member("path", record.path)
            $0.member("peer", record.peer ?? "-")
            $0.member("request_id", record.requestID)
            $0.member("status", Int64(record.status))
            $0.member("us", record.microseconds)
        }
        return json.bytes + [0x0A]
    }

    private static func text(_ record: AccessRecord, _ time: Timestamp) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(160 + record.path.utf8.count)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { buffer in
            time.writeRFC3339(into: buffer)
            line.append(contentsOf: buffer)
        }
        line.append(contentsOf: " info request bytes=".utf8)
        append(Int64(record.bytes), to: &line)
        if record.isGone { line.append(contentsOf: " client=gone".utf8) }
        line.append(contentsOf: " method=".utf8)
        append(record.method, to: &line, quotes: true)
        line.append(contentsOf: " path=".utf8)
        append(record.path, to: &line, quotes: true)
        line.append(contentsOf: " peer=".utf8)
        append(record.peer ?? "-", to: &line, quotes: true)
        line.append(contentsOf: " request_id=".utf8)
        line.append(contentsOf: record.requestID.utf8)
        line.append(contentsOf: " status=".utf8)
        append(Int64(record.status), to: &line)
        line.append(contentsOf: " us=".utf8)
        append(record.microseconds, to: &line)
        line.append(0x0A)
        return line
    }

    private static func append(_ number: Int64, to line: inout [UInt8]) {
        // Up to fifteen digits; no size or time is larger.
        var rest = max(0, min(number, 999_999_999_999_999))
        let start = line.count
        repeat {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        line[start...].reverse()
    }
}
