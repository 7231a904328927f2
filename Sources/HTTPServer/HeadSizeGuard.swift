import NIOCore

/// Stands in front of the parser, which keeps an unfinished head in memory however long it grows, and cuts it off.
///
/// `HTTPConnection` behind the parser says when a head is complete. Bytes of the next request in the same read are
/// not counted, so a head may exceed the limit by one read (64 KiB) before it is noticed; the exact limits are
/// checked when the head is parsed.
final class HeadSizeGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let configuration: ServerConfiguration
    private let connection: HTTPConnection
    private var headBytes = 0
    private var sawLineEnd = false

    init(_ configuration: ServerConfiguration, connection: HTTPConnection) {
        self.configuration = configuration
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard connection.awaitsHead else {
            headBytes = 0
            sawLineEnd = false
            context.fireChannelRead(data)
            return
        }
        connection.receivedPartOfHead()
        headBytes += buffer.readableBytes
        if !sawLineEnd { lookForLineEnd(in: buffer.readableBytesView) }
        let heads = connection.headsReceived
        context.fireChannelRead(data)
        guard connection.headsReceived == heads else {
            headBytes = 0
            sawLineEnd = false
            return
        }
        if !sawLineEnd && headBytes > configuration.maximumRequestLineSize {
            connection.refuse(.requestLineTooLong)
        } else if headBytes > configuration.maximumRequestLineSize + configuration.maximumHeaderSize {
            connection.refuse(.headersTooLarge)
        }
    }

    private func lookForLineEnd(in bytes: ByteBufferView) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return }
        sawLineEnd = true
        // The parser takes a line feed without its carriage return for part of the version.
        if end > bytes.startIndex && bytes[bytes.index(before: end)] != UInt8(ascii: "\r") {
            connection.sawBareLineFeed()
        }
    }
}
