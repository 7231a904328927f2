import NIOCore
import NIOHTTP1

/// Turns an answer into the bytes of HTTP/1.1 (RFC 9112): head and body in one buffer, so one write sends both.
enum ResponseSerializer {
    /// What the server says on its own account.
    struct Frame {
        var requestID: String
        var date: String
        var keepsAlive: Bool
        /// HEAD: the head tells of a body that does not follow.
        var omitsBody: Bool
    }

    static func write(_ response: Response, frame: Frame, into buffer: inout ByteBuffer) {
        let status = response.status
        buffer.reserveCapacity(minimumWritableBytes: 512 + response.body.readableBytes)
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeStaticString(" ")
        buffer.writeString(status.reasonPhrase)
        for (name, value) in response.headers {
            // A line break in a value would let whoever chose the value write headers of their own. The check is on
            // bytes: "\r\n" is one Character, and a search for "\n" among Characters does not find it.
            guard isToken(name), isFieldValue(value) else { continue }
            buffer.writeStaticString("\r\n")
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
        }
        if status.mayHaveResponseBody {
            buffer.writeStaticString("\r\ncontent-length: ")
            buffer.writeString(String(response.body.readableBytes))
        }
        buffer.writeStaticString("\r\ndate: ")
        buffer.writeString(frame.date)
        buffer.writeStaticString("\r\nx-request-id: ")
        buffer.writeString(frame.requestID)
        if !frame.keepsAlive { buffer.writeStaticString("\r\nconnection: close") }
        buffer.writeStaticString("\r\n\r\n")
        if status.mayHaveResponseBody && !frame.omitsBody {
            var body = response.body
            buffer.writeBuffer(&body)
        }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
