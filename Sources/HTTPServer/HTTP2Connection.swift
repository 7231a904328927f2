#if TLS
    import NIOCore
    import NIOHTTP2

    /// One HTTP/2 connection (RFC 9113): how many streams it has open, and when it is over. The streams answer for
    /// themselves.
    final class HTTP2Connection: ChannelInboundHandler, Timed {
        typealias InboundIn = HTTP2Frame
        typealias OutboundOut = HTTP2Frame

        private let loop: LoopState
        private var deadline: NIODeadline
        private var openStreams = 0
        private var lastStream = HTTP2StreamID.rootStream
        private var finishes = false
        private var context: ChannelHandlerContext?

        init(loop: LoopState) {
            self.loop = loop
            deadline = .now() + loop.configuration.idleTimeout
        }

        static func addHandlers(to channel: any Channel, loop: LoopState, site: ServedSite) throws {
            let connection = HTTP2Connection(loop: loop)
            let bound = NIOLoopBound((loop, connection), eventLoop: channel.eventLoop)
            let handler = NIOHTTP2Handler(
                mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: limits(loop.configuration),
                streamConfiguration: streamLimits
            ) { stream in
                stream.eventLoop.makeCompletedFuture {
                    let (loop, connection) = bound.value
                    try stream.pipeline.syncOperations.addHandlers([
                        HTTP2FramePayloadToHTTP1ServerCodec(),
                        HTTP2Stream(loop: loop, site: site, connection: connection),
                    ])
                }
            }
            try channel.pipeline.syncOperations.addHandlers([handler, connection])
        }

        private static func limits(_ limits: ServerConfiguration) -> NIOHTTP2Handler.ConnectionConfiguration {
            var configuration = NIOHTTP2Handler.ConnectionConfiguration()
            configuration.initialSettings = [
                HTTP2Setting(parameter: .maxConcurrentStreams, value: 100),
                HTTP2Setting(parameter: .maxHeaderListSize, value: limits.maximumHeaderSize),
            ]
            // Answers to PING and SETTINGS that a client asks for and does not read.
            configuration.maximumBufferedControlFrames = 200
            configuration.maximumSequentialContinuationFrames = 5
            configuration.maximumSequentialEmptyDataFrames = 1
            configuration.controlFrameRateLimit.maximumCount = 200
            configuration.controlFrameRateLimit.windowLength = .seconds(30)
            return configuration
        }

        /// Rapid resets: each request costs us its beginning and the client nothing, so there may not be many.
        private static var streamLimits: NIOHTTP2Handler.StreamConfiguration {
            var configuration = NIOHTTP2Handler.StreamConfiguration()
            configuration.streamResetFrameRateLimit.maximumCount = 200
            configuration.streamResetFrameRateLimit.windowLength = .seconds(30)
            configuration.streamErrorRateLimit.maximumCount = 200
            configuration.streamErrorRateLimit.windowLength = .seconds(30)
            return configuration
        }

        // MARK: What the channel says

        func handlerAdded(context: ChannelHandlerContext) {
            self.context = context
            loop.add(self)
        }

        func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

        func channelInactive(context: ChannelHandlerContext) {
            loop.remove(self)
            self.context = nil
            context.fireChannelInactive()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            // HTTP/2 has its own way to say that no request follows; half a connection is no use to anybody.
            if let event = event as? ChannelEvent, event == .inputClosed { return abort() }
            context.fireUserInboundEventTriggered(event)
        }

        /// The protocol was broken, and the client has been told how (GOAWAY).
        func errorCaught(context: ChannelHandlerContext, error: any Error) { abort() }

        // MARK: What the streams and the loop say

        func opened(_ stream: HTTP2StreamID) {
            openStreams += 1
            lastStream = max(lastStream, stream)
        }

        func closedStream() {
            openStreams -= 1
            deadline = .now() + loop.configuration.idleTimeout
            if finishes && openStreams == 0 { goAway(lastStream, closes: true) }
        }

        func checkDeadline(_ now: NIODeadline) {
            if openStreams == 0 && now >= deadline { finish() }
        }

        /// RFC 9113, section 6.8: the client learns that it is to open no more streams, and those it has are finished.
        func finish() {
            guard !finishes else { return abort() }
            finishes = true
            // If the client reads none of it, the next look at the deadline ends it.
            goAway(openStreams == 0 ? lastStream : .maxID, closes: openStreams == 0)
        }

        func abort() { context?.close(promise: nil) }

        private func goAway(_ last: HTTP2StreamID, closes: Bool) {
            guard let context else { return }
            let frame = HTTP2Frame(
                streamID: .rootStream, payload: .goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil))
            let written = context.writeAndFlush(wrapOutboundOut(frame))
            guard closes else { return }
            let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
            written.whenComplete { _ in connection.value.abort() }
        }
    }
#endif
