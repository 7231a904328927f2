#if TLS
    import NIOCore
    import NIOHPACK
    import NIOHTTP1
    import NIOHTTP2

    /// One stream of an HTTP/2 connection: one request and its response, by the same rules as on an HTTP/1.1
    /// connection. Confined to the connection's event loop.
    final class HTTP2Stream: ChannelInboundHandler, Timed, ExchangeCarrier {
        typealias InboundIn = HTTP2Frame.FramePayload
        typealias OutboundOut = HTTP2Frame.FramePayload

        /// Bytes that are charged for a stream in addition to its head, for its channel.
        private static let ownSize = 4096
        /// Bytes that are charged for a response while it is being made.
        private static let expectedSize = 32 * 1024

        private let loop: LoopState
        private let connection: HTTP2Connection
        private lazy var exchange = Exchange(self, connected, loop: loop, site: site)
        private let connected: ClientConnection
        private let site: ServerContext
        private var id = HTTP2StreamID.rootStream
        private var context: ChannelHandlerContext?
        private var inputHasEnded = false
        private var omitsBody = false
        private var isOpen = false
        /// True if this stream exceeds the connection's limits.
        private var isRefused = false
        /// The bytes that this response contributes to the connection's unsent data.
        private var unsent = 0

        init(_ client: ClientConnection, loop: LoopState, site: ServerContext, connection: HTTP2Connection) {
            connected = client
            self.loop = loop
            self.site = site
            self.connection = connection
        }

        var kind: ConnectionKind { .http2Stream }

        // MARK: Channel events

        func handlerAdded(context: ChannelHandlerContext) {
            self.context = context
            id = (try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)) ?? .rootStream
            isRefused = !connection.opened(id)
            isOpen = true
            exchange.deadline = .now() + loop.configuration.headTimeout
            loop.add(self)
        }

        func handlerRemoved(context: ChannelHandlerContext) { end() }

        func channelInactive(context: ChannelHandlerContext) {
            end()
            context.fireChannelInactive()
        }

        /// Called when the stream has ended: answered, reset by the client, or closed with its connection.
        private func end() {
            guard isOpen else { return }
            isOpen = false
            context = nil
            exchange.end()
            loop.remove(self)
            count(0)
            connection.closedStream(id)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .headers(let part):
                if part.endStream { inputHasEnded = true }
                if case .awaitingHead = exchange.state {
                    begin(part.headers)
                }
                // Header fields after the body are trailers.
                if part.endStream { complete() }
            case .data(let part):
                if part.endStream { inputHasEnded = true }
                if case .byteBuffer(let bytes) = part.data, case .readingBody = exchange.state { append(bytes) }
                if part.endStream { complete() }
            default: break
            }
        }

        /// Called when the stream was reset or is not writable.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { abort() }

        // MARK: Calls from the loop

        func checkDeadline(_ now: NIODeadline) {
            guard now >= exchange.deadline else { return }
            switch exchange.state {
            case .awaitingHead, .readingBody: refuse(.tooSlow)
            case .writing, .streaming: abort()
            case .answering, .finished: break
            }
        }

        /// Refusing further requests is the connection's task.
        func finish() { exchange.shutDown() }

        func abort() { context?.close(promise: nil) }

        // MARK: From parts to a request

        private func begin(_ fields: HPACKHeaders) {
            guard !isRefused else {
                exchange.end()
                context?.writeAndFlush(wrapOutboundOut(.rstStream(.refusedStream)), promise: nil)
                return
            }
            do throws(Refusal) {
                let head = try HTTPRequestHead(fields, loop.configuration)
                omitsBody = head.method == .HEAD
                try exchange.begin(head, size: Self.ownSize + head.fieldsSize)
                if head.expectsContinue && !inputHasEnded {
                    let word = HTTP2Frame.FramePayload.Headers(headers: [":status": "100"])
                    context?.writeAndFlush(wrapOutboundOut(.headers(word)), promise: nil)
                }
            } catch {
                refuse(error, fields.outline)
            }
        }

        private func append(_ bytes: ByteBuffer) {
            do throws(Refusal) { try exchange.append(bytes) } catch { refuse(error) }
        }

        private func complete() {
            guard case .readingBody = exchange.state else { return }
            exchange.complete()
            if connection.mayAnswer(self) { answer() }
        }

        /// Called once there is room among the connection's responses.
        func answer() {
            guard context != nil, case .answering = exchange.state else { return }
            count(Self.expectedSize)
            do throws(Refusal) { try exchange.answer() } catch { refuse(error) }
        }

        // MARK: The answer

        func send(_ response: Response, to request: Request) { send(response, id: request.id) }

        private func send(_ response: Response, id: String) {
            guard let context else { return }
            let hasBody = response.status.mayHaveResponseBody && !omitsBody
            let stream = hasBody ? response.stream : nil
            var rest = hasBody && stream == nil ? response.body : ByteBuffer()
            let size = rest.readableBytes
            count(stream == nil ? size : Self.expectedSize)
            let piece = rest.readSlice(length: min(size, ResponseSerializer.pieceSize)) ?? ByteBuffer()
            exchange.beginWriting(rest: rest, stream: stream)
            let head = HTTP2Frame.FramePayload.Headers(
                headers: HPACKHeaders(response, id: id, date: loop.date), endStream: size == 0 && stream == nil)
            if size == 0 {
                write(.headers(head))
            } else {
                context.write(wrapOutboundOut(.headers(head)), promise: nil)
                write(.data(.init(data: .byteBuffer(piece), endStream: rest.readableBytes == 0)))
            }
            exchange.countIfStillWriting(piece.readableBytes)
        }

        /// Writes piece by piece, as on an HTTP/1.1 connection; the progress also depends on the client's flow control.
        private func write(_ payload: HTTP2Frame.FramePayload) {
            guard let context else { return }
            let written = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(wrapOutboundOut(payload), promise: written)
            let stream = NIOLoopBound(self, eventLoop: context.eventLoop)
            written.futureResult.whenComplete { result in
                if case .success = result { stream.value.written() }
            }
        }

        private func written() {
            guard exchange.isWriting else { return }
            if let piece = exchange.nextPiece() {
                guard case .writing(let rest) = exchange.state else { return }
                return write(.data(.init(data: .byteBuffer(piece), endStream: rest.readableBytes == 0)))
            }
            if exchange.beginStreaming() { return }
            isWritten()
        }

        func sendPiece(_ piece: ByteBuffer) -> EventLoopFuture<Void> {
            context?.writeAndFlush(wrapOutboundOut(.data(.init(data: .byteBuffer(piece), endStream: false))))
                ?? loop.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }

        func cutOff() { abort() }

        func endStream() {
            guard let context else { return }
            let stream = NIOLoopBound(self, eventLoop: context.eventLoop)
            let end = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))
            context.writeAndFlush(wrapOutboundOut(end)).whenSuccess { stream.value.isWritten() }
        }

        /// Called when the response is on its way.
        private func isWritten() {
            // The stream ends by itself if the client has ended it, too; further input is not needed.
            guard !inputHasEnded else { return }
            connection.hasAnswered(id)
            abort()
        }

        private func refuse(_ refusal: Refusal, _ head: HTTPRequestHead? = nil) {
            guard let (response, id) = exchange.refuse(refusal, head) else { return }
            send(response, id: id)
        }

        private func count(_ size: Int) {
            let change = size - unsent
            unsent = size
            if change != 0 { connection.count(change) }
        }
    }

    extension HPACKHeaders {
        /// The known parts of a refused request.
        fileprivate var outline: HTTPRequestHead {
            let origins = self["origin"]
            return HTTPRequestHead(
                version: .http2, method: HTTPMethod(rawValue: first(name: ":method") ?? ""),
                uri: first(name: ":path") ?? "", headers: origins.count == 1 ? ["origin": origins[0]] : [:])
        }
    }
#endif
