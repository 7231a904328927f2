#if TLS
    import NIOCore
    import NIOHTTP2
    import NIOSSL

    /// One HTTP/2 connection (RFC 9113): its number of open streams, the amount of response data that is waiting to be
    /// read, and the end of the connection. The streams answer their requests themselves.
    final class HTTP2Connection: ChannelInboundHandler, Timed {
        typealias InboundIn = HTTP2Frame
        typealias OutboundOut = HTTP2Frame

        static let maximumStreams = 100
        private static let maximumID: UInt32 = 0x7FFF_FFFF

        private enum Ending {
            case none
            /// The client was asked to open no more streams; streams that are already on their way are still accepted.
            case announced(NIODeadline)
            /// No stream after this one is answered.
            case last(UInt32)
            case closing
        }

        private let loop: LoopState
        private let connected: ClientConnection
        private(set) lazy var gate = HTTP2Gate(
            self,
            advertised: [
                // SETTINGS_MAX_CONCURRENT_STREAMS, SETTINGS_MAX_HEADER_LIST_SIZE, which counts 32 bytes more for each
                // field.
                3: UInt32(Self.maximumStreams),
                6: UInt32(loop.configuration.maximumHeaderSize + 32 * loop.configuration.maximumHeaderCount),
            ])
        private var deadline: NIODeadline
        private var waitingSince = NIODeadline.now()
        private var openStreams: Int { open.count }
        private var requests = 0
        private(set) var lastStream: UInt32 = 0
        private var ending = Ending.none
        private var context: ChannelHandlerContext?
        private var answered: Set<UInt32> = []
        private var open: Set<UInt32> = []
        /// Bytes of responses that are waiting to be read, including those expected of requests in progress.
        private var unsent = 0
        private var waiting = CircularBuffer<HTTP2Stream>()

        init(_ client: ClientConnection, loop: LoopState) {
            connected = client
            self.loop = loop
            deadline = .now() + loop.configuration.idleTimeout
        }

        static func addHandlers(
            to channel: any Channel, _ client: ClientConnection, loop: LoopState, site: ServerContext
        ) throws {
            let connection = HTTP2Connection(client, loop: loop)
            let bound = NIOLoopBound((loop, connection), eventLoop: channel.eventLoop)
            let handler = NIOHTTP2Handler(
                mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: limits(loop.configuration),
                streamConfiguration: streamLimits
            ) { stream in
                stream.eventLoop.makeCompletedFuture {
                    let (loop, connection) = bound.value
                    try stream.pipeline.syncOperations.addHandler(
                        HTTP2Stream(client, loop: loop, site: site, connection: connection))
                }
            }
            try channel.pipeline.syncOperations.addHandlers([connection.gate, handler, connection])
        }

        private static func limits(_ limits: ServerConfiguration) -> NIOHTTP2Handler.ConnectionConfiguration {
            var configuration = NIOHTTP2Handler.ConnectionConfiguration()
            // The gate advertises lower values: excess over those is refused stream by stream.
            configuration.initialSettings = [
                HTTP2Setting(parameter: .maxConcurrentStreams, value: 10 * maximumStreams),
                HTTP2Setting(parameter: .maxHeaderListSize, value: 4 * limits.maximumHeaderSize),
            ]
            // Replies to PING and SETTINGS that a client provokes and does not read.
            configuration.maximumBufferedControlFrames = 200
            configuration.maximumSequentialContinuationFrames = 5
            configuration.maximumSequentialEmptyDataFrames = 1
            configuration.controlFrameRateLimit.maximumCount = 200
            configuration.controlFrameRateLimit.windowLength = .seconds(30)
            // A client may have sent more for each reset stream before it learns of the reset.
            configuration.maximumRecentlyResetStreams = 2 * maximumStreams
            // These are limited by their rate, and the number of requests per connection is bounded.
            configuration.maximumConnectionGlitches = limits.maximumRequestsPerConnection
            return configuration
        }

        /// Rapid resets: each request costs the server its setup and the client nothing, so their number is limited.
        private static var streamLimits: NIOHTTP2Handler.StreamConfiguration {
            var configuration = NIOHTTP2Handler.StreamConfiguration()
            configuration.streamResetFrameRateLimit.maximumCount = 200
            configuration.streamResetFrameRateLimit.windowLength = .seconds(30)
            configuration.streamErrorRateLimit.maximumCount = 200
            configuration.streamErrorRateLimit.windowLength = .seconds(30)
            return configuration
        }

        var kind: ConnectionKind { .http2 }

        var client: ClientConnection? { connected }

        var idleSince: NIODeadline? { openStreams == 0 && !isClosing ? waitingSince : nil }

        private var isClosing: Bool { if case .closing = ending { true } else { false } }

        // MARK: Channel events

        func handlerAdded(context: ChannelHandlerContext) {
            self.context = context
            loop.add(self)
        }

        func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

        func channelInactive(context: ChannelHandlerContext) {
            loop.remove(self)
            self.context = nil
            waiting.removeAll()
            context.fireChannelInactive()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            // HTTP/2 announces the last request with GOAWAY; a half-closed connection is useless.
            if let event = event as? ChannelEvent, event == .inputClosed { return abort() }
            context.fireUserInboundEventTriggered(event)
        }

        /// A stream error ends that stream, and the client has been told (RST_STREAM). A connection error ends all
        /// streams, and the client has been told as well (GOAWAY). Any other error is the socket's.
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if gate.hasFailed { return close() }
            guard !(error is any NIOHTTP2Error) else { return }
            abort()
        }

        // MARK: Calls from the streams, the gate and the loop

        /// - Returns: whether the stream may be answered.
        func opened(_ stream: HTTP2StreamID) -> Bool {
            let id = UInt32(Int(stream))
            open.insert(id)
            if case .last(let last) = ending, id > last { return false }
            guard !isClosing, openStreams <= Self.maximumStreams else { return false }
            lastStream = max(lastStream, id)
            requests += 1
            if requests == loop.configuration.maximumRequestsPerConnection { finish() }
            return true
        }

        func closedStream(_ stream: HTTP2StreamID) {
            answered.remove(UInt32(Int(stream)))
            open.remove(UInt32(Int(stream)))
            guard openStreams == 0 else { return }
            waitingSince = .now()
            deadline = waitingSince + loop.configuration.idleTimeout
            if case .none = ending { return }
            sayLast()
            close()
        }

        /// Records that the response of this stream is complete while its request is not.
        func hasAnswered(_ stream: HTTP2StreamID) { answered.insert(UInt32(Int(stream))) }

        /// True if nothing more is expected of a stream that has begun.
        func isOver(_ stream: UInt32) -> Bool { stream <= lastStream && !open.contains(stream) }

        func isAnswered(_ stream: UInt32) -> Bool { answered.contains(stream) }

        /// - Returns: whether the stream may answer now; otherwise it is notified later.
        func mayAnswer(_ stream: HTTP2Stream) -> Bool {
            guard unsent >= loop.configuration.maximumAnswerMemoryPerConnection else { return true }
            waiting.append(stream)
            return false
        }

        /// Adjusts the amount of data that is waiting to be read.
        func count(_ size: Int) {
            unsent += size
            guard size < 0 else { return }
            while unsent < loop.configuration.maximumAnswerMemoryPerConnection, let next = waiting.popFirst() {
                next.answer()
            }
        }

        /// Fails the whole connection.
        func fail(_ code: HTTP2ErrorCode) {
            guard !isClosing else { return }
            gate.goAway(after: lastStream, UInt32(code.networkCode))
            close()
        }

        func checkDeadline(_ now: NIODeadline) {
            switch ending {
            case .closing:
                if now >= deadline { abort() }
                return
            case .announced(let since) where now - since >= .seconds(1): sayLast()
            case .none, .announced, .last: break
            }
            if let since = gate.incompleteSince, now - since >= loop.configuration.headTimeout {
                return fail(.enhanceYourCalm)
            }
            if openStreams == 0 && now >= deadline { finish() }
        }

        /// RFC 9113, section 6.8: asks the client to open no more streams, and finishes the open ones.
        func finish() {
            guard case .none = ending else { return }
            if openStreams == 0 {
                sayLast()
                close()
            } else {
                gate.goAway(after: Self.maximumID, 0)
                ending = .announced(.now())
            }
        }

        private func sayLast() {
            switch ending {
            case .none, .announced:
                gate.goAway(after: lastStream, 0)
                ending = .last(lastStream)
            case .last, .closing: break
            }
        }

        private func close() {
            guard !isClosing else { return }
            ending = .closing
            deadline = .now() + .seconds(2)
            gate.closeGently()
        }

        func turnAway() { openStreams == 0 ? fail(.refusedStream) : finish() }

        func abort() { context?.close(promise: nil) }
    }
#endif
