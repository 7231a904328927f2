import Basics
import Glibc
import NIOCore
import NIOHTTP1

/// Stands between the socket and the parser and lets one request through at a time; pipelined input waits here as raw
/// bytes.
///
/// A head is passed on once it is complete. The gate knows where it ends (at the first empty line) and where a body
/// ends (the connection tells it the length), so a head that begins in the same read as the end of the previous request
/// is timed and measured like any other. Interpreting the bytes is left to the parser alone.
final class RequestGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The kind of input that the connection wants next.
    enum Wants {
        case head
        case sizedBody(missing: Int)
        case chunkedBody(received: Int)
        /// Nothing until the current request is answered.
        case nothing
        case noMore
    }

    /// Bytes that may wait. The socket is not read while a request is answered, but at end of input the system delivers
    /// everything that was left in it.
    private static let maximumHeld = 256 * 1024
    /// Bytes of a head, or of waiting input, that are not counted: nearly all have fewer.
    static let uncountedSize = 4096

    private let configuration: ServerConfiguration
    private let client: ClientConnection
    private unowned let connection: HTTPConnection
    private var context: ChannelHandlerContext?
    private var held = ByteBuffer()
    private var share: MemoryAccount.Share?
    private var isFull = false
    private var isReleasing = false
    private var head = HeadScanner()
    /// The head that the parser is reading.
    private var handedOn: ByteBuffer?
    private var chunkEnd = EmptyLineFinder()
    private var chunkedBytes = 0

    init(_ configuration: ServerConfiguration, _ client: ClientConnection, connection: HTTPConnection) {
        self.configuration = configuration
        self.client = client
        self.connection = connection
    }

    var isEmpty: Bool { held.readableBytes == 0 }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        // Data after a gap is not the next request, so nothing more is accepted once something was dropped.
        guard !isFull, held.readableBytes + buffer.readableBytes <= Self.maximumHeld else {
            isFull = true
            return connection.finish()
        }
        if isEmpty { held = buffer } else { held.writeBuffer(&buffer) }
        release()
        if !countHeld() {
            isFull = true
            connection.refuse(.tooManyRequests)
            connection.finish()
        }
    }

    /// Withholds the event from the parser, which would take the end of input for the end of the last request while
    /// some still wait here.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        release()
        connection.inputEnded()
    }

    /// Passes on the input that the connection is ready for.
    func release() {
        guard !isReleasing, let context else { return }
        isReleasing = true
        defer { isReleasing = false }
        // Keeping a reference to the buffer that was read makes the channel allocate a new one for the next read.
        defer { if isEmpty { held = ByteBuffer() } }
        while !isEmpty {
            switch connection.wants {
            case .head:
                guard let part = nextHead() else { return }
                handedOn = part
                context.fireChannelRead(wrapInboundOut(part))
                handedOn = nil
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

    /// - Returns: false if the waiting input exceeds the memory limit.
    private func countHeld() -> Bool {
        guard held.readableBytes > Self.uncountedSize else {
            share = nil
            return true
        }
        let share = self.share ?? MemoryAccount.Share(of: client.requests)
        self.share = share
        return share.take(held.readableBytes - share.size)
    }

    /// The next head; nil if it is incomplete or refused.
    private func nextHead() -> ByteBuffer? {
        connection.receivedPartOfHead()
        let (isWhole, refusal, isLater) = held.withUnsafeReadableBytes { bytes in
            let isWhole = head.scan(bytes)
            let (refusal, isLater) = judge(bytes)
            return (isWhole, refusal, isLater)
        }
        if let refusal {
            connection.refuse(refusal)
            return nil
        }
        guard isWhole else { return nil }
        // RFC 9110, section 2.5: a later minor version is processed as the highest known one.
        if isLater, let line = head.line {
            held.setInteger(UInt8(ascii: "1"), at: held.readerIndex + line.upperBound - 1)
        }
        let (size, hasTrailingSpace) = (head.size, head.hasTrailingSpace)
        if hasTrailingSpace { blankTrailingTabs(upTo: size) }
        head = HeadScanner()
        chunkEnd = EmptyLineFinder()
        chunkedBytes = 0
        connection.receivedHead(size: size, hasTrailingSpace: hasTrailingSpace)
        return held.readSlice(length: size)
    }

    /// Replaces trailing tabs by spaces, which the parser ignores after a length, unlike tabs.
    private func blankTrailingTabs(upTo size: Int) {
        var isAtEnd = false
        for index in (held.readerIndex..<(held.readerIndex + size)).reversed() {
            switch held.getInteger(at: index, as: UInt8.self) {
            case UInt8(ascii: "\n"): isAtEnd = true
            case UInt8(ascii: "\t") where isAtEnd: held.setInteger(UInt8(ascii: " "), at: index)
            case UInt8(ascii: "\r"), UInt8(ascii: " "): break
            default: isAtEnd = false
            }
        }
    }

    private func judge(_ bytes: UnsafeRawBufferPointer) -> (refusal: Refusal?, isLater: Bool) {
        if head.lineSize > configuration.maximumRequestLineSize { return (.requestLineTooLong, false) }
        if head.size > configuration.maximumRequestLineSize + configuration.maximumHeaderSize {
            return (.headersTooLarge, false)
        }
        if head.hasBareLineFeed || head.beginsBadly(bytes) { return (.malformed, false) }
        guard let line = head.line else { return (nil, false) }
        switch RequestLine(UnsafeRawBufferPointer(rebasing: bytes[line])).version {
        case .known: return (nil, false)
        case .later: return (nil, true)
        case .unknown: return (.versionUnknown, false)
        case .malformed: return (.malformed, false)
        }
    }

    /// Passes on a chunked body, which can only end at an empty line.
    private func nextOfChunks(_ received: Int) -> ByteBuffer? {
        // Sizes, extensions and trailers: they do not count towards the body's size, and must be bounded.
        guard chunkedBytes - received <= configuration.maximumHeaderSize + 8 * received else {
            connection.refuse(.malformed)
            return nil
        }
        let length = held.withUnsafeReadableBytes { chunkEnd.scan($0) }
        chunkedBytes += length
        return held.readSlice(length: length)
    }

    // MARK: Refused heads

    /// The method, target and origin of the current head as far as they arrived, so that a page of a trusted origin can
    /// read why its request was refused.
    func outline() -> HTTPRequestHead? {
        let bytes = Array((handedOn ?? held).readableBytesView)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 256).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }.drop(while: \.isEmpty)
        guard let line = lines.first else { return nil }
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2).map { String(decoding: $0, as: UTF8.self) }
        guard parts.count > 1 else { return nil }
        let name = Array("origin:".utf8)
        let origins = lines.dropFirst().filter { $0.prefix(name.count).map(\.asciiLowercased) == name }
        var headers = HTTPHeaders()
        if origins.count == 1, let origin = origins.first {
            let value = origin.dropFirst(name.count).filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            headers.add(name: "origin", value: String(decoding: value, as: UTF8.self))
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: parts[0]), uri: parts[1], headers: headers)
    }
}

/// Searches for CR LF CR LF.
private struct EmptyLineFinder {
    private var matched = 0
    private var isFound: Bool { matched == 4 }

    /// - Returns: the number of bytes up to the end of the empty line, or all.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int {
        if isFound { matched = 0 }
        var index = 0
        while index < bytes.count {
            defer { index += 1 }
            if matched == 0 {
                // Skips bytes that cannot begin the sequence.
                guard let next = bytes.position(of: UInt8(ascii: "\r"), from: index) else { return bytes.count }
                index = next
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
