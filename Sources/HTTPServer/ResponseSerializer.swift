import NIOCore
import NIOHTTP1

/// Turns an answer into the bytes of HTTP/1.1 (RFC 9112): head and body in one buffer, so one write sends both,
/// unless the body is large.
enum ResponseSerializer {
    /// Bytes that are written at once. With a time limit for each piece, it is also what a slow client must take in
    /// that time.
    static let pieceSize = 32 * 1024

    /// What the server says on its own account.
    struct Frame {
        var requestID: String
        var date: String
        var keepsAlive: Bool
        /// HEAD: the head tells of a body that does not follow.
        var omitsBody: Bool
    }

    /// - Returns: what is left of the body.
    @discardableResult
    static func write(_ response: Response, frame: Frame, into buffer: inout ByteBuffer) -> ByteBuffer {
        let status = response.status
        buffer.reserveCapacity(minimumWritableBytes: 512 + min(response.body.readableBytes, pieceSize))
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
        guard status.mayHaveResponseBody && !frame.omitsBody else { return ByteBuffer() }
        var body = response.body
        if var first = body.readSlice(length: min(body.readableBytes, pieceSize)) { buffer.writeBuffer(&first) }
        return body
    }

    static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
    }

    static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
