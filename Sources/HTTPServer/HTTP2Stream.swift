#if TLS
    import NIOCore
    import NIOHTTP1
    import NIOHTTP2

    /// One stream of an HTTP/2 connection: one request and its answer, by the same rules as on a connection of
    /// HTTP/1.1. Lives on the connection's loop.
    final class HTTP2Stream: ChannelInboundHandler, Timed {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private enum State {
            case awaitingHead
            case readingBody(IncomingRequest)
            case answering
            case writing(rest: ByteBuffer)
            case closed
        }

        private let loop: LoopState
        private let site: ServedSite
        private let connection: HTTP2Connection
        private var state = State.awaitingHead
        private var deadline: NIODeadline
        private var incoming: IncomingRequest?
        private var inputHasEnded = false
        private var task: Task<Void, Never>?
        private var context: ChannelHandlerContext?
        private var isCounted = false

        init(loop: LoopState, site: ServedSite, connection: HTTP2Connection) {
            self.loop = loop
            self.site = site
            self.connection = connection
            deadline = .now() + loop.configuration.headTimeout
        }

        // MARK: What the channel says

        func handlerAdded(context: ChannelHandlerContext) {
            self.context = context
            let id = try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)
            connection.opened(id ?? .rootStream)
            isCounted = true
            loop.add(self)
        }

        func handlerRemoved(context: ChannelHandlerContext) { end() }

        func channelInactive(context: ChannelHandlerContext) {
            end()
            context.fireChannelInactive()
        }

        /// The stream is over: answered, reset by the client, or gone with its connection.
        private func end() {
            state = .closed
            task?.cancel()
            context = nil
            incoming = nil
            loop.remove(self)
            if isCounted { connection.closedStream() }
            isCounted = false
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            if case .end = part { inputHasEnded = true }
            switch (part, state) {
            case (.head(let head), .awaitingHead): begin(head)
            case (.body(let bytes), .readingBody(let request)): append(bytes, request)
            case (.end, .readingBody(let request)): answer(request)
            default: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            switch state {
            case .awaitingHead, .readingBody: refuse(.malformed)
            case .answering, .writing, .closed: abort()
            }
        }

        // MARK: What the loop says

        func checkDeadline(_ now: NIODeadline) {
            guard now >= deadline else { return }
            switch state {
            case .awaitingHead, .readingBody: refuse(.tooSlow)
            case .writing: abort()
            case .answering, .closed: break
            }
        }

        /// That no other follows is for the connection to see to.
        func finish() {}

        func abort() { context?.close(promise: nil) }

        // MARK: From parts to a request

        private func begin(_ head: HTTPRequestHead) {
            do throws(Refusal) {
                let request = try IncomingRequest(head, loop.configuration, site)
                if head.expectsContinue, let context {
                    let word = HTTPResponseHead(version: .http2, status: .continue)
                    context.writeAndFlush(wrapOutboundOut(.head(word)), promise: nil)
                }
                state = .readingBody(request)
                deadline = request.deadline
            } catch {
                refuse(error, method: head.method)
            }
        }

        private func append(_ bytes: ByteBuffer, _ request: IncomingRequest) {
            var request = request
            // Let go of, so that the body grows in place.
            state = .answering
            do throws(Refusal) {
                try request.append(bytes)
                state = .readingBody(request)
                deadline = request.deadline
            } catch {
                state = .readingBody(request)
                refuse(error, method: request.head.method)
            }
        }

        private func answer(_ incoming: IncomingRequest) {
            guard let context else { return }
            state = .answering
            self.incoming = incoming
            let peer = Peer(context.channel.parent?.remoteAddress)
            let request = incoming.request(from: peer, id: site.ids.next())
            let started = NIODeadline.now()
            let site = self.site
            let stream = NIOLoopBound(self, eventLoop: context.eventLoop)
            task = Task(executorPreference: loop.executor) {
                let response = await site.respond(request)
                stream.value.send(response, id: request.id, omitsBody: request.method == .HEAD)
                site.log(request, response, since: started, isGone: Task.isCancelled)
            }
        }

        // MARK: The answer

        private func send(_ response: Response, id: String, omitsBody: Bool) {
            task = nil
            incoming = nil
            guard let context, case .answering = state else { return }
            var headers = HTTPHeaders()
            for (name, value) in response.headers
            where ResponseSerializer.isToken(name) && ResponseSerializer.isFieldValue(value) {
                headers.add(name: name, value: value)
            }
            let hasBody = response.status.mayHaveResponseBody
            if hasBody { headers.add(name: "content-length", value: String(response.body.readableBytes)) }
            headers.add(name: "date", value: loop.date)
            headers.add(name: "x-request-id", value: id)
            let head = HTTPResponseHead(version: .http2, status: response.status, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            write(hasBody && !omitsBody ? response.body : ByteBuffer())
        }

        /// Piece by piece, as on a connection of HTTP/1.1: what a client takes in time depends on its flow control, too.
        private func write(_ body: ByteBuffer) {
            guard let context else { return }
            var rest = body
            let size = min(rest.readableBytes, ResponseSerializer.pieceSize)
            let piece = rest.readSlice(length: size) ?? ByteBuffer()
            state = .writing(rest: rest)
            deadline = .now() + loop.configuration.writeTimeout
            let written = context.eventLoop.makePromise(of: Void.self)
            if rest.readableBytes > 0 {
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: written)
            } else {
                if size > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil) }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
            }
            let stream = NIOLoopBound(self, eventLoop: context.eventLoop)
            written.futureResult.whenComplete { result in
                if case .success = result { stream.value.written() }
            }
        }

        private func written() {
            guard case .writing(let rest) = state else { return }
            if rest.readableBytes > 0 { return write(rest) }
            // The stream ends by itself where the client has ended it, too; what it still sends is not wanted.
            if !inputHasEnded { abort() }
        }

        private func refuse(_ refusal: Refusal, method: HTTPMethod? = nil) {
            let id = site.ids.next()
            state = .answering
            send(refusal.response(requestID: id), id: id, omitsBody: method == .HEAD)
            site.log(refusal, id: id, peer: Peer(context?.channel.parent?.remoteAddress))
        }
    }
#endif
