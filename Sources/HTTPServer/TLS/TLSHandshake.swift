#if TLS
    import NIOCore
    import NIOTLS

    /// Waits for a handshake, with a deadline, and installs the handlers of the negotiated protocol: HTTP/2 or
    /// HTTP/1.1.
    final class TLSHandshake: ChannelInboundHandler, RemovableChannelHandler, Timed {
        typealias InboundIn = ByteBuffer

        private let loop: LoopState
        private let site: ServerContext
        private let connected: ClientConnection
        private let began = NIODeadline.now()
        private var isClosing = false
        private var deadline: NIODeadline
        private var context: ChannelHandlerContext?

        init(_ client: ClientConnection, loop: LoopState, site: ServerContext) {
            connected = client
            self.loop = loop
            self.site = site
            deadline = .now() + loop.configuration.headTimeout
        }

        var kind: ConnectionKind { .handshake }

        var client: ClientConnection? { connected }

        var idleSince: NIODeadline? { isClosing ? nil : began }

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }

        func handlerRemoved(context: ChannelHandlerContext) {
            loop.remove(self)
            self.context = nil
        }

        func channelActive(context: ChannelHandlerContext) {
            loop.add(self)
            context.fireChannelActive()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard let event = event as? TLSUserEvent, case .handshakeCompleted(let agreed) = event else {
                return context.fireUserInboundEventTriggered(event)
            }
            do {
                if agreed == "h2" {
                    try HTTP2Connection.addHandlers(to: context.channel, connected, loop: loop, site: site)
                } else {
                    try HTTPConnection.addHandlers(to: context.channel, connected, loop: loop, site: site)
                }
                context.pipeline.syncOperations.removeHandler(self, promise: nil)
            } catch {
                abort()
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            site.logger.debug(
                "no handshake",
                metadata: ["peer": "\(context.remoteAddress?.ipAddress ?? "-")", "cause": "\(error)"])
            loop.counts.failedHandshakes &+= 1
            abort()
        }

        func checkDeadline(_ now: NIODeadline) { if now >= deadline { abort() } }

        func finish() { abort() }

        func windDown() { deadline = min(deadline, .now() + loop.configuration.lastRequestTimeout) }

        func abort() {
            isClosing = true
            context?.close(promise: nil)
        }
    }

    /// Answers clients that speak plain HTTP where TLS is expected with an error, instead of hanging up on them.
    final class PlainTextGuard: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let loop: LoopState
        private let site: ServerContext
        private var isRefused = false

        init(loop: LoopState, site: ServerContext) {
            self.loop = loop
            self.site = site
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !isRefused else { return }
            // A handshake begins with the byte 22 (RFC 8446, section 5.1), a method with a letter.
            let first = unwrapInboundIn(data).readableBytesView.first ?? 0
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                context.fireChannelRead(data)
                context.pipeline.syncOperations.removeHandler(self, promise: nil)
                return
            }
            isRefused = true
            let id = site.ids.next()
            let refusal = Refusal.plainTextOnTLS
            var buffer = context.channel.allocator.buffer(capacity: 512)
            ResponseSerializer.write(
                site.answer(to: refusal, id: id, nil),
                frame: .init(requestID: id, date: loop.date, persistence: .closes, omitsBody: false), into: &buffer)
            loop.counts.count(refusal)
            site.log(refusal, id: id, peer: Peer(context.remoteAddress))
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            context.close(mode: .output, promise: nil)
            let channel = context.channel
            context.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        }
    }
#endif
