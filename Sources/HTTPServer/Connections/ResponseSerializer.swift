import Basics
import NIOCore
import NIOHTTP1

/// Serializes a response as HTTP/1.1 (RFC 9112): head and body in one buffer, so one write sends both, unless the body
/// is large.
enum ResponseSerializer {
    /// Bytes that are written at once. As each piece has a time limit, this is also the amount that a slow client must
    /// read within it.
    static let pieceSize = 32 * 1024

    /// The fields that the server adds itself.
    struct Frame {
        var requestID: String
        var date: String
        var persistence: Persistence
        /// HEAD: the head describes a body that does not follow.
        var omitsBody: Bool
        /// For a streamed body, where the connection stays open after it (RFC 9112, section 7.1).
        var isChunked = false
    }

    /// The treatment of the connection after the response.
    enum Persistence {
        case staysOpen
        /// For HTTP/1.0, where connections otherwise close (RFC 9112, appendix C.2.2).
        case saysItStaysOpen
        case closes
    }

    /// - Returns: the rest of the body.
    @discardableResult
    static func write(_ response: Response, frame: Frame, into buffer: inout ByteBuffer) -> ByteBuffer {
        let status = response.status
        var size = 256 + status.reasonPhrase.utf8.count + frame.requestID.utf8.count
        for (name, value) in response.headers { size += name.utf8.count + value.utf8.count + 4 }
        let piece = min(response.body.readableBytes, pieceSize)
        buffer.reserveCapacity(minimumWritableBytes: size + piece)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            var head = HeadWriter(room)
            head.put("HTTP/1.1 ")
            head.put(Int(status.code))
            head.put(" ")
            head.put(status.reasonPhrase)
            for (name, value) in response.headers {
                // A line break in a value would allow header injection. The check works on bytes: "\r
                // " is one Character, and a search for "
                // " among Characters does not find it.
                guard isToken(name), isFieldValue(value) else { continue }
                head.put("\r\n")
                head.put(name)
                head.put(": ")
                head.put(value)
            }
            if frame.isChunked {
                head.put("\r\ntransfer-encoding: chunked")
            } else if status.mayHaveResponseBody, response.stream == nil {
                head.put("\r\ncontent-length: ")
                head.put(response.body.readableBytes)
            }
            head.put("\r\ndate: ")
            head.put(frame.date)
            head.put("\r\nx-request-id: ")
            head.put(frame.requestID)
            switch frame.persistence {
            case .staysOpen: break
            case .saysItStaysOpen: head.put("\r\nconnection: keep-alive")
            case .closes: head.put("\r\nconnection: close")
            }
            head.put("\r\n\r\n")
            return head.count
        }
        guard status.mayHaveResponseBody && !frame.omitsBody && response.stream == nil else { return ByteBuffer() }
        var body = response.body
        if var first = body.readSlice(length: min(body.readableBytes, pieceSize)) { buffer.writeBuffer(&first) }
        return body
    }

    /// A chunk of a body (RFC 9112, section 7.1); without bytes, the last one.
    static func chunk(_ bytes: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes.readableBytes + 12)
        buffer.writeString(String(bytes.readableBytes, radix: 16) + "\r\n")
        buffer.writeImmutableBuffer(bytes)
        buffer.writeStaticString("\r\n")
        return buffer
    }

    static func isToken(_ name: String) -> Bool {
        name.withBytes { bytes in
            var isBad = bytes.isEmpty
            for byte in bytes { isBad = isBad || byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: ":") }
            return !isBad
        }
    }

    static func isFieldValue(_ value: String) -> Bool {
        value.withBytes { bytes in
            // No early exit, so that the loop can be vectorized.
            var bad: UInt8 = 0
            for byte in bytes { bad |= (byte < 0x20 && byte != 0x09) || byte == 0x7F ? 1 : 0 }
            return bad == 0
        }
    }
}

/// Assembles a head in memory that must be large enough.
private struct HeadWriter {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    mutating func put(_ text: String) { text.withBytes { put($0) } }

    mutating func put(_ number: Int) { put(String(number)) }

    private mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        precondition(bytes.count <= room.count - count, "The room for a head was counted wrongly.")
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
        count += bytes.count
    }
}
