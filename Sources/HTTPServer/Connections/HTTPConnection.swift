import Glibc
import NIOCore
import NIOHTTP1

/// One HTTP/1 connection: assembles a request, has it answered in a `Task` on the connection's own event loop, writes
/// the response, and only then lets the gate pass the next request. Confined to that loop.
final class HTTPConnection: ChannelDuplexHandler, Timed, ExchangeCarrier {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loop: LoopState
    private let site: ServerContext
    let connected: ClientConnection
    private(set) lazy var gate = RequestGate(loop.configuration, connected, connection: self)
    private lazy var exchange = Exchange(self, connected, loop: loop, site: site)
    private var phase = Phase.open
    /// The time since which no request has been in progress, or since which a head has been arriving.
    private var waitingSince = NIODeadline.now()
    /// True if the deadline is that of a partly received head and not of an idle connection.
    private var headHasBegun = false
    private var headSize = 0
    private var headHasTrailingSpace = false
    private var finishes = false
    private var persistence = ResponseSerializer.Persistence.staysOpen
    private var context: ChannelHandlerContext?
    private var readIsHeld = false
    private var inputHasEnded = false
    private var mayProbe = false
    private var mayChunk = false
    private var unflushedSize = 0

    init(_ client: ClientConnection, loop: LoopState, site: ServerContext) {
        connected = client
        self.loop = loop
        self.site = site
    }

    var wants: RequestGate.Wants {
        guard phase == .open else { return .noMore }
        switch exchange.state {
        case .awaitingHead: return .head
        case .readingBody(let request):
            let received = request.body.readableBytes
            guard let announced = request.head.announcedLength else { return .chunkedBody(received: received) }
            return .sizedBody(missing: announced - received)
        case .answering, .writing, .streaming: return .nothing
        case .finished: return .noMore
        }
    }

    var idleSince: NIODeadline? {
        guard phase == .open, case .awaitingHead = exchange.state else { return nil }
        return waitingSince
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        exchange.deadline = .now() + loop.configuration.headTimeout
        // Behind TLS, the channel is active long before HTTP/1 has been negotiated.
        if context.channel.isActive { loop.add(self) }
    }

    func channelActive(context: ChannelHandlerContext) {
        loop.add(self)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        loop.remove(self)
        phase = .closed
        exchange.end()
        self.context = nil
        context.fireChannelInactive()
    }

    /// Stops reading while a request is being answered, so that a client that pipelines fills its own buffers and not
    /// the server's. A client that does not stays registered for reading: deregistering it costs two system calls per
    /// request.
    func read(context: ChannelHandlerContext) {
        if isAnswering && !gate.isEmpty { readIsHeld = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open else { return }
        switch (unwrapInboundIn(data), exchange.state) {
        case (.head(let head), .awaitingHead): begin(head)
        case (.body(let bytes), .readingBody): append(bytes)
        case (.end, .readingBody(let request)): answer(request.head)
        default: break  // What follows a refused head is of no interest.
        }
    }

    // MARK: Calls from the loop and the gate

    func receivedPartOfHead() {
        guard !headHasBegun else { return }
        headHasBegun = true
        waitingSince = .now()
        exchange.deadline = waitingSince + loop.configuration.headTimeout
    }

    func receivedHead(size: Int, hasTrailingSpace: Bool) {
        headSize = size > RequestGate.uncountedSize ? size : 0
        headHasTrailingSpace = hasTrailingSpace
    }

    /// Called when the client has closed its sending direction; requests that were received are still answered.
    func inputEnded() {
        inputHasEnded = true
        finishes = true
        switch (phase, exchange.state) {
        case (.open, .awaitingHead): headHasBegun ? refuse(.malformed) : abort()
        case (.open, .readingBody): refuse(.malformed)
        case (.lingering, _): abort()
        case (.open, _), (.closed, _): break
        }
    }

    func checkDeadline(_ now: NIODeadline) {
        guard now >= exchange.deadline else { return }
        switch (phase, exchange.state) {
        case (.open, .awaitingHead): headHasBegun ? refuse(.tooSlow) : abort()
        case (.open, .readingBody): refuse(.tooSlow)
        case (.open, .answering): probe()
        case (.open, .writing), (.open, .streaming), (.lingering, _): abort()
        case (.open, .finished), (.closed, _): break
        }
    }

    func finish() {
        finishes = true
        switch (phase, exchange.state) {
        case (.open, .awaitingHead): abort()
        case (.lingering, _) where inputHasEnded: abort()
        default: exchange.shutDown()
        }
    }

    /// A connection that is closed while a request is on its way is reset, and the client cannot know if it was handled.
    func windDown() {
        guard phase == .open, case .awaitingHead = exchange.state, !inputHasEnded else { return finish() }
        finishes = true
        exchange.deadline = min(exchange.deadline, .now() + loop.configuration.lastRequestTimeout)
    }

    func abort() {
        // The channel reports this later; until then, the connection must not be chosen again to make room.
        phase = .closed
        context?.close(promise: nil)
    }

    // MARK: From parts to requests

    private var isAnswering: Bool {
        switch exchange.state {
        case .answering, .writing, .streaming: phase == .open
        case .awaitingHead, .readingBody, .finished: false
        }
    }

    private func begin(_ received: HTTPRequestHead) {
        headHasBegun = false
        var head = received
        if headHasTrailingSpace { head.trimValues() }
        do throws(Refusal) {
            try exchange.begin(head, size: headSize)
            if head.expectsContinue && head.announcesBody, let context {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
            }
        } catch {
            refuse(error, head)
        }
    }

    private func append(_ bytes: ByteBuffer) {
        do throws(Refusal) { try exchange.append(bytes) } catch { refuse(error) }
    }

    private func answer(_ head: HTTPRequestHead) {
        guard context != nil else { return }
        mayChunk = head.version == .http1_1
        mayProbe = mayChunk
        persistence = !head.allowsAnother ? .closes : head.version == .http1_0 ? .saysItStaysOpen : .staysOpen
        exchange.complete()
        exchange.deadline = .now() + .seconds(1)
        do throws(Refusal) { try exchange.answer() } catch { refuse(error) }
    }

    /// Probes a client that has closed its sending direction: it may be waiting for its response or be gone, which
    /// looks the same from here. An interim response (RFC 9110, section 15.2) is harmless to a client that is waiting;
    /// from one that is gone it provokes a reset, which closes the connection and cancels the request.
    private func probe() {
        guard inputHasEnded, mayProbe, let context else { return }
        mayProbe = false
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 102 Processing\r\n\r\n")), promise: nil)
    }

    // MARK: From responses to bytes

    func send(_ response: Response, to request: Request) {
        // Pipelined requests that were already read are still answered, even if the connection is ending.
        if finishes && gate.isEmpty { persistence = .closes }
        send(response, id: request.id, omitsBody: request.method == .HEAD)
    }

    private func send(_ response: Response, id: String, omitsBody: Bool) {
        guard let context else { return }
        let stream = omitsBody || !response.status.mayHaveResponseBody ? nil : response.stream
        if stream != nil, !mayChunk { persistence = .closes }  // Which ends the body.
        var buffer = context.channel.allocator.buffer(
            capacity: 512 + min(response.body.readableBytes, ResponseSerializer.pieceSize))
        let rest = ResponseSerializer.write(
            response,
            frame: .init(
                requestID: id, date: loop.date, persistence: persistence, omitsBody: omitsBody,
                isChunked: stream != nil && mayChunk),
            into: &buffer)
        exchange.beginWriting(rest: rest, stream: stream)
        write(buffer)
    }

    private func write(_ piece: ByteBuffer) {
        guard let context else { return }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.write(wrapOutboundOut(piece)).whenComplete { result in
            if case .success = result { connection.value.written() }
        }
        unflushedSize = piece.readableBytes
        loop.flushSoon(self, unflushedSize)
    }

    func flush() {
        let size = unflushedSize
        unflushedSize = 0
        context?.flush()
        // Unless the next response was written meanwhile.
        if unflushedSize == 0 { exchange.countIfStillWriting(size) }
    }

    private func written() {
        guard phase == .open, exchange.isWriting, let context else { return }
        if let piece = exchange.nextPiece() { return write(piece) }
        if exchange.beginStreaming() { return }
        isWritten(context)
    }

    func sendPiece(_ piece: ByteBuffer) -> EventLoopFuture<Void> {
        guard phase == .open, let context else { return loop.eventLoop.makeFailedFuture(ChannelError.alreadyClosed) }
        return context.writeAndFlush(wrapOutboundOut(mayChunk ? ResponseSerializer.chunk(piece) : piece))
    }

    /// Without chunks, an orderly end of the connection would look like the end of the body, so it is reset.
    func cutOff() {
        if !mayChunk, let socket = context?.channel as? any SocketOptionProvider {
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        abort()
    }

    func endStream() {
        guard phase == .open, let context else { return }
        guard mayChunk else { return isWritten(context) }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ResponseSerializer.chunk(ByteBuffer()))).whenSuccess {
            guard connection.value.phase == .open, let context = connection.value.context else { return }
            connection.value.isWritten(context)
        }
    }

    /// Called when the response is in the socket.
    private func isWritten(_ context: ChannelHandlerContext) {
        guard persistence != .closes else { return closeGently() }
        exchange.reset()
        waitingSince = exchange.deadline - loop.configuration.idleTimeout
        headHasBegun = false
        gate.release()
        guard finishes else { return resumeReading(context) }
        switch exchange.state {
        case .awaitingHead where inputHasEnded, .readingBody where inputHasEnded: inputEnded()
        case .awaitingHead, .readingBody:
            windDown()
            resumeReading(context)
        default: break
        }
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard readIsHeld, !isAnswering else { return }
        readIsHeld = false
        context.read()
    }

    /// Answers a request that can't be served at all, and ends the connection, because the start of the next request is
    /// no longer certain.
    func refuse(_ refusal: Refusal, _ head: HTTPRequestHead? = nil) {
        guard phase == .open, exchange.isRefusable, context != nil else { return }
        var head = head
        switch exchange.state {
        case .readingBody(let request): head = request.head
        default: head = head ?? gate.outline()
        }
        guard let (response, id) = exchange.refuse(refusal, head) else { return }
        persistence = .closes
        send(response, id: id, omitsBody: head?.method == .HEAD)
    }

    /// Closes the sending direction first, and the rest when the client has done so too, or after a short delay:
    /// closing with unread bytes in the socket makes the kernel send a reset, which can overtake the response.
    private func closeGently() {
        guard let context else { return }
        if inputHasEnded { return abort() }
        phase = .lingering
        exchange.end()
        exchange.deadline = .now() + .seconds(2)
        context.close(mode: .output, promise: nil)
        resumeReading(context)
    }
}
