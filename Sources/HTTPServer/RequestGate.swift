import Glibc
import NIOCore

/// Stands between the socket and the parser and lets one request through at a time; what a client sent ahead waits
/// here as the bytes it is.
///
/// It knows where a head ends (at the first empty line) and where a body does (the connection says how long it is),
/// so a head that begins in the same read as the request before it ends is timed and measured like any other. What
/// the bytes mean is for the parser alone to say.
final class RequestGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Bytes that may wait. The socket is not read while a request is answered, but when its end comes the system
    /// hands over all that was left in it.
    private static let maximumHeld = 256 * 1024

    private let configuration: ServerConfiguration
    private unowned let connection: HTTPConnection
    private var context: ChannelHandlerContext?
    private var held = ByteBuffer()
    private var isFull = false
    private var isReleasing = false
    private var head = HeadScanner()
    private var chunkEnd = EmptyLineFinder()
    private var chunkedBytes = 0

    init(_ configuration: ServerConfiguration, connection: HTTPConnection) {
        self.configuration = configuration
        self.connection = connection
    }

    var isEmpty: Bool { held.readableBytes == 0 }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        // What follows a gap is not the next request, so nothing more is taken once something was left out.
        guard !isFull, held.readableBytes + buffer.readableBytes <= Self.maximumHeld else {
            isFull = true
            return connection.finish()
        }
        if isEmpty { held = buffer } else { held.writeBuffer(&buffer) }
        release()
    }

    /// The parser is not told: for it, the end of the bytes is the end of the last request, and some still wait here.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        release()
        connection.inputEnded()
    }

    /// Hands on what the connection is ready for.
    func release() {
        guard !isReleasing, let context else { return }
        isReleasing = true
        defer { isReleasing = false }
        // Whoever holds on to the memory of what was read makes the channel take new memory for the next read.
        defer { if isEmpty { held = ByteBuffer() } }
        while !isEmpty {
            switch connection.wants {
            case .head:
                guard let part = nextOfHead() else { return }
                context.fireChannelRead(wrapInboundOut(part))
            case .sizedBody(let missing):
                guard let part = held.readSlice(length: min(max(missing, 1), held.readableBytes)) else { return }
                context.fireChannelRead(wrapInboundOut(part))
            case .chunkedBody(let received):
                guard let part = nextOfChunks(received) else { return }
                context.fireChannelRead(wrapInboundOut(part))
            case .nothing: return
            case .noMore: held.clear()
            }
        }
    }

    /// What waits up to the end of a head, or all of it; nil where it is refused.
    private func nextOfHead() -> ByteBuffer? {
        connection.receivedPartOfHead()
        let length = held.withUnsafeReadableBytes { head.scan($0) }
        if head.lineSize > configuration.maximumRequestLineSize {
            connection.refuse(.requestLineTooLong)
            return nil
        }
        if head.size > configuration.maximumRequestLineSize + configuration.maximumHeaderSize {
            connection.refuse(.headersTooLarge)
            return nil
        }
        if head.hasBareLineFeed { connection.sawBareLineFeed() }
        // RFC 9112, section 3: method, target and version stand between single spaces. The parser takes several.
        if head.isLineComplete && !head.hasBareLineFeed && head.spaces != 2 {
            connection.refuse(.malformed)
            return nil
        }
        if head.isComplete {
            head = HeadScanner()
            chunkEnd = EmptyLineFinder()
            chunkedBytes = 0
        }
        return held.readSlice(length: length)
    }

    /// A chunked body can end nowhere but at an empty line.
    private func nextOfChunks(_ received: Int) -> ByteBuffer? {
        // Sizes, extensions and trailers: they count for nothing in a body's size, and may not be endless.
        guard chunkedBytes - received <= configuration.maximumHeaderSize + 8 * received else {
            connection.refuse(.malformed)
            return nil
        }
        let length = held.withUnsafeReadableBytes { chunkEnd.scan($0) }
        chunkedBytes += length
        return held.readSlice(length: length)
    }
}

/// Follows a head from its first byte to the empty line that ends it.
private struct HeadScanner {
    private(set) var size = 0
    /// Bytes of the request line as far as it came.
    private(set) var lineSize = 0
    private(set) var spaces = 0
    private(set) var isLineComplete = false
    /// The parser takes a line feed without its carriage return for part of the version.
    private(set) var hasBareLineFeed = false
    private(set) var isComplete = false
    private var previous: UInt8 = 0
    private var end = EmptyLineFinder()

    /// - Returns: how many of the bytes belong to the head.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int {
        var start = scanWholeLine(bytes)
        while !isLineComplete && start < bytes.count {
            add(bytes[start])
            start += 1
        }
        // Empty lines before a request are overlooked (RFC 9112, section 2.2), and so by the finder.
        let rest = end.scan(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        isComplete = end.isFound
        size += start + rest
        return start + rest
    }

    /// Nearly every request line comes in one piece.
    /// - Returns: the length of the line; 0 where it is not as it nearly always is.
    private mutating func scanWholeLine(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard size == 0, let end = bytes.position(of: UInt8(ascii: "\n")), end > 1,
            bytes[end - 1] == UInt8(ascii: "\r")
        else { return 0 }
        for byte in bytes[..<end] where byte == UInt8(ascii: " ") { spaces += 1 }
        lineSize = end
        isLineComplete = true
        self.end = EmptyLineFinder(afterLine: true)
        return end + 1
    }

    private mutating func add(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n") where lineSize > (previous == UInt8(ascii: "\r") ? 1 : 0):
            isLineComplete = true
            hasBareLineFeed = previous != UInt8(ascii: "\r")
            end = EmptyLineFinder(afterLine: true)
        case UInt8(ascii: "\n"): lineSize = 0
        case UInt8(ascii: " "):
            spaces += 1
            lineSize += 1
        default: lineSize += 1
        }
        previous = byte
    }
}

/// Looks for CR LF CR LF.
private struct EmptyLineFinder {
    private var matched = 0
    var isFound: Bool { matched == 4 }

    init(afterLine: Bool = false) { matched = afterLine ? 2 : 0 }

    /// - Returns: how many bytes there are up to the end of the empty line, or all.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int {
        if isFound { matched = 0 }
        var index = 0
        while index < bytes.count {
            defer { index += 1 }
            if matched == 0 {
                // Most bytes begin nothing.
                let rest = UnsafeRawBufferPointer(rebasing: bytes[index...])
                guard let next = rest.position(of: UInt8(ascii: "\r")) else { return bytes.count }
                index += next
            }
            switch (matched, bytes[index]) {
            case (0, UInt8(ascii: "\r")), (1, UInt8(ascii: "\n")), (2, UInt8(ascii: "\r")): matched += 1
            case (3, UInt8(ascii: "\n")):
                matched = 4
                return index + 1
            case (_, UInt8(ascii: "\r")): matched = 1
            default: matched = 0
            }
        }
        return bytes.count
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func position(of byte: UInt8) -> Int? {
        guard let baseAddress, let found = memchr(baseAddress, Int32(byte), count) else { return nil }
        return UnsafeRawPointer(found) - baseAddress
    }
}
