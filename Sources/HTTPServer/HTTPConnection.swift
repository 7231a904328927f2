import NIOCore
import NIOHTTP1

/// One HTTP/1 connection: puts a request together, has it answered in a `Task` on this connection's own event loop,
/// writes the answer, and only then lets the gate hand on the next. Lives on that loop.
final class HTTPConnection: ChannelDuplexHandler, Timed {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Between requests, or within a head.
        case awaitingHead
        case readingBody(IncomingRequest)
        /// A task is at work; what is read meanwhile waits in the gate, and then nothing more is read.
        case answering
        /// What is under way, and what is left.
        case writing(rest: ByteBuffer, keepsAlive: Bool)
        /// The last answer is sent and our direction closed; what still comes in is read and dropped.
        case lingering
        case closed
    }

    private let loop: LoopState
    private let site: ServedSite
    private(set) lazy var gate = RequestGate(loop.configuration, connection: self)
    private var state = State.awaitingHead
    private var deadline: NIODeadline
    /// Whether the deadline is that of a half-received head and not of an idle connection.
    private var headHasBegun = false
    private var finishes = false
    /// The request at hand; its body counts as in use until the answer is made.
    private var incoming: IncomingRequest?
    private var task: Task<Void, Never>?
    private var context: ChannelHandlerContext?
    /// The other end of the socket.
    private var peer: Peer?
    private var readIsHeld = false
    private var inputHasEnded = false
    private var lineFeedIsBare = false
    private var mayProbe = false

    init(loop: LoopState, site: ServedSite) {
        self.loop = loop
        self.site = site
        deadline = .now() + loop.configuration.idleTimeout
    }

    static func addHandlers(to channel: any Channel, loop: LoopState, site: ServedSite) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = loop.configuration.maximumHeaderSize
        limits.maxHeaderListSize = loop.configuration.maximumHeaderSize
        limits.maxHeaderFieldCount = loop.configuration.maximumHeaderCount
        let connection = HTTPConnection(loop: loop, site: site)
        try channel.pipeline.syncOperations.addHandlers([
            connection.gate, ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)), connection,
        ])
    }

    /// What the gate may hand on.
    enum Wants {
        case head
        case sizedBody(missing: Int)
        case chunkedBody(received: Int)
        /// Not before the request at hand is answered.
        case nothing
        case noMore
    }

    var wants: Wants {
        switch state {
        case .awaitingHead: return .head
        case .readingBody(let request):
            let received = request.body.readableBytes
            guard let announced = request.head.announcedLength else { return .chunkedBody(received: received) }
            return .sizedBody(missing: announced - received)
        case .answering, .writing: return .nothing
        case .lingering, .closed: return .noMore
        }
    }

    // MARK: What the channel says

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = Peer(context.remoteAddress)
        // Behind TLS, the channel is active long before it is known that HTTP/1 is spoken.
        if context.channel.isActive { loop.add(self) }
    }

    func channelActive(context: ChannelHandlerContext) {
        loop.add(self)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        loop.remove(self)
        state = .closed
        // Nobody waits for the answer any more: work that has not begun need not begin.
        task?.cancel()
        self.context = nil
        context.fireChannelInactive()
    }

    /// A client that sends ahead while its request is being answered waits in its own buffers, not in ours. One that
    /// does not stays registered for reading: taking that back and forth costs two calls of the system per request.
    func read(context: ChannelHandlerContext) {
        switch state {
        case .answering where !gate.isEmpty, .writing where !gate.isEmpty: readIsHeld = true
        case .answering, .writing: context.read()
        case .awaitingHead, .readingBody, .lingering, .closed: context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .awaitingHead): begin(head)
        case (.body(let bytes), .readingBody(let request)): append(bytes, request)
        case (.end, .readingBody(let request)): answer(request)
        default: break  // What follows a refused head is of no interest.
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: refuse(.headersTooLarge)
        case HTTPParserError.invalidVersion: refuse(lineFeedIsBare ? .malformed : .versionUnknown)
        case HTTPParserError.invalidMethod: refuse(.methodUnknown)
        case is HTTPParserError: refuse(.malformed)
        default: abort()  // The socket broke.
        }
    }

    // MARK: What the loop and the gate say

    func sawBareLineFeed() { lineFeedIsBare = true }

    func receivedPartOfHead() {
        guard !headHasBegun else { return }
        headHasBegun = true
        deadline = .now() + loop.configuration.headTimeout
    }

    /// The client has said all it will; what it asked for is still answered.
    func inputEnded() {
        inputHasEnded = true
        finishes = true
        switch state {
        case .awaitingHead: headHasBegun ? refuse(.malformed) : abort()
        case .readingBody: refuse(.malformed)
        case .lingering: abort()
        case .answering, .writing, .closed: break
        }
    }

    func checkDeadline(_ now: NIODeadline) {
        guard now >= deadline else { return }
        switch state {
        case .awaitingHead: headHasBegun ? refuse(.tooSlow) : abort()
        case .readingBody: refuse(.tooSlow)
        case .answering: probe()
        case .writing, .lingering: abort()
        case .closed: break
        }
    }

    /// No request after the one at hand.
    func finish() {
        finishes = true
        switch state {
        case .awaitingHead: abort()
        case .lingering where inputHasEnded: abort()
        default: break
        }
    }

    func abort() { context?.close(promise: nil) }

    // MARK: From parts to requests

    private func begin(_ head: HTTPRequestHead) {
        headHasBegun = false
        do throws(Refusal) {
            let request = try IncomingRequest(head, loop.configuration, site)
            if head.expectsContinue, let context {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
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
        mayProbe = incoming.head.version == .http1_1
        deadline = .now() + .seconds(1)
        let request = incoming.request(from: peer, id: site.ids.next())
        let keepsAlive = incoming.head.allowsAnother
        let started = NIODeadline.now()
        let site = self.site
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        task = Task(executorPreference: loop.executor) {
            let response = await site.respond(request)
            connection.value.send(response, to: request, keepsAlive: keepsAlive)
            site.log(request, response, since: started, isGone: Task.isCancelled)
        }
    }

    /// A client that has closed its direction may still wait for its answer or be gone altogether, which looks the
    /// same from here. An interim answer (RFC 9110, section 15.2) tells: nobody minds one who is there, and the system
    /// of one who is gone refuses it, which closes the connection and cancels the request.
    private func probe() {
        guard inputHasEnded, mayProbe, let context else { return }
        mayProbe = false
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 102 Processing\r\n\r\n")), promise: nil)
    }

    // MARK: From answers to bytes

    private func send(_ response: Response, to request: Request, keepsAlive: Bool) {
        task = nil
        incoming = nil
        guard let context, case .answering = state else { return }
        // What was already read of later requests is still answered, also when this is the end.
        let keepsAlive = keepsAlive && (!finishes || !gate.isEmpty)
        var buffer = context.channel.allocator.buffer(
            capacity: 512 + min(response.body.readableBytes, ResponseSerializer.pieceSize))
        let rest = ResponseSerializer.write(
            response,
            frame: .init(
                requestID: request.id, date: loop.date, keepsAlive: keepsAlive, omitsBody: request.method == .HEAD),
            into: &buffer)
        write(buffer, rest: rest, keepsAlive: keepsAlive)
    }

    /// Answers go out piece by piece: each that is taken gives the client time for the next, so a slow reader goes
    /// on and one that has stopped is noticed.
    private func write(_ piece: ByteBuffer, rest: ByteBuffer, keepsAlive: Bool) {
        guard let context else { return }
        state = .writing(rest: rest, keepsAlive: keepsAlive)
        deadline = .now() + loop.configuration.writeTimeout
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(piece)).whenComplete { result in
            if case .success = result { connection.value.written() }
        }
    }

    private func written() {
        guard case .writing(var rest, let keepsAlive) = state, let context else { return }
        let size = min(rest.readableBytes, ResponseSerializer.pieceSize)
        if size > 0, let piece = rest.readSlice(length: size) {
            return write(piece, rest: rest, keepsAlive: keepsAlive)
        }
        guard keepsAlive else { return closeGently() }
        state = .awaitingHead
        headHasBegun = false
        deadline = .now() + loop.configuration.idleTimeout
        gate.release()
        guard finishes else { return resumeReading(context) }
        switch state {
        case .awaitingHead where inputHasEnded, .readingBody where inputHasEnded: inputEnded()
        case .awaitingHead: abort()
        case .readingBody: resumeReading(context)
        default: break
        }
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard readIsHeld else { return }
        switch state {
        case .answering, .writing: return
        case .awaitingHead, .readingBody, .lingering, .closed: break
        }
        readIsHeld = false
        context.read()
    }

    /// Answers a request that can't be served at all, and ends the connection: where the next request would begin is
    /// not certain any more.
    func refuse(_ refusal: Refusal, method: HTTPMethod? = nil) {
        switch state {
        case .awaitingHead, .readingBody: break
        case .answering, .writing, .lingering, .closed: return
        }
        guard let context else { return }
        let id = site.ids.next()
        var buffer = context.channel.allocator.buffer(capacity: 512)
        ResponseSerializer.write(
            refusal.response(requestID: id),
            frame: .init(requestID: id, date: loop.date, keepsAlive: false, omitsBody: method == .HEAD),
            into: &buffer)
        write(buffer, rest: ByteBuffer(), keepsAlive: false)
        site.log(refusal, id: id, peer: peer)
    }

    /// Closes our direction first and the rest when the client has done so too (or a moment later): closing with
    /// unread bytes in the socket makes the kernel send a reset, which can overtake the answer.
    private func closeGently() {
        guard let context else { return }
        if inputHasEnded { return abort() }
        state = .lingering
        deadline = .now() + .seconds(2)
        context.close(mode: .output, promise: nil)
        resumeReading(context)
    }
}
