import NIOCore
import NIOHTTP1

extension HTTPConnection {
    enum Phase {
        case open
        /// The last response is sent and the sending direction closed; further input is read and dropped.
        case lingering
        case closed
    }

    var kind: ConnectionKind { .http1 }

    var client: ClientConnection? { connected }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: refuse(.headersTooLarge)
        case HTTPParserError.invalidVersion: refuse(.versionUnknown)
        case HTTPParserError.invalidMethod: refuse(.methodUnknown)
        case is HTTPParserError: refuse(.malformed)
        default: abort()  // The socket broke.
        }
    }

    func turnAway() {
        refuse(.tooManyConnections)
        finish()
    }

    /// Makes a connection and adds it to its channel, behind the gate and the parser.
    static func addHandlers(to channel: any Channel, _ client: ClientConnection, loop: LoopState, site: ServerContext)
        throws
    {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = loop.configuration.maximumHeaderSize
        limits.maxHeaderListSize = loop.configuration.maximumHeaderSize
        limits.maxHeaderFieldCount = loop.configuration.maximumHeaderCount
        let connection = HTTPConnection(client, loop: loop, site: site)
        try channel.pipeline.syncOperations.addHandlers([
            connection.gate, ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)), connection,
        ])
    }
}
