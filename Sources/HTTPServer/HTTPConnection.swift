import Domain
import Logging
import NIOCore
import NIOHTTP1

/// One client connection: puts requests together, has each answered in a `Task` on this connection's own event loop,
/// and writes the answers in the order of the requests. Lives on that loop.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Between requests. `since` moves when the first bytes of a head arrive.
        case awaitingHead
        case readingBody(HTTPRequestHead)
        /// A task is at work; nothing more is read from the socket until it is done.
        case answering
        case writing(keepsAlive: Bool)
        /// The last answer is sent and our direction closed; what still comes in is read and dropped.
        case lingering
        case closed
    }

    private let loop: LoopState
    private let respond: Responder
    private let logger: Logger
    private let ids: RequestIDs
    private var state = State.awaitingHead
    private var deadline: NIODeadline
    /// Whether the deadline is that of a half-received head and not of an idle connection.
    private var headHasBegun = false
    private var body = ByteBuffer()
    /// What the parser had already read of later, pipelined requests.
    private var waiting: CircularBuffer<HTTPServerRequestPart> = []
    private var finishes = false
    private var task: Task<Void, Never>?
    private var context: ChannelHandlerContext?
    /// The other end of the socket.
    private var peer: (address: IPAddress, text: String)?
    private var readIsHeld = false
    private var inputHasEnded = false
    private var lineFeedIsBare = false
    /// The parser gave up on what comes next; said once the requests before it are answered.
    private var pendingRefusal: Refusal?

    /// How many heads the parser has completed.
    private(set) var headsReceived = 0
    var awaitsHead: Bool {
        if case .awaitingHead = state { true } else { false }
    }

    init(loop: LoopState, respond: @escaping Responder, logger: Logger, ids: RequestIDs) {
        self.loop = loop
        self.respond = respond
        self.logger = logger
        self.ids = ids
        deadline = .now() + loop.configuration.idleTimeout
    }

    // MARK: What the channel says

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = context.remoteAddress?.ipAddress.flatMap { IPAddress($0) }.map { ($0, $0.description) }
    }

    func channelActive(context: ChannelHandlerContext) {
        loop.add(self)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        loop.remove(self)
        state = .closed
        task?.cancel()
        self.context = nil
        context.fireChannelInactive()
    }

    /// While a request is being answered the socket is left alone: a client that sends faster than it is served
    /// waits in its own buffers, not in ours.
    func read(context: ChannelHandlerContext) {
        switch state {
        case .answering, .writing: readIsHeld = true
        case .awaitingHead, .readingBody, .lingering, .closed: context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head = part { headsReceived += 1 }
        switch state {
        case .awaitingHead, .readingBody: receive(part)
        case .answering, .writing: waiting.append(part)
        case .lingering, .closed: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        // The client has said all it will; what it asked for is still answered.
        inputHasEnded = true
        finish()
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

    // MARK: What the loop and the guard say

    func sawBareLineFeed() { lineFeedIsBare = true }

    func receivedPartOfHead() {
        guard !headHasBegun else { return }
        headHasBegun = true
        deadline = .now() + loop.configuration.headTimeout
    }

    func checkDeadline(_ now: NIODeadline) {
        guard now >= deadline else { return }
        switch state {
        case .awaitingHead: headHasBegun ? refuse(.tooSlow) : abort()
        case .readingBody: refuse(.tooSlow)
        case .writing, .lingering: abort()
        case .answering, .closed: break
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

    private func receive(_ part: HTTPServerRequestPart) {
        switch (part, state) {
        case (.head(let head), .awaitingHead): begin(head)
        case (.body(let bytes), .readingBody(let head)): append(bytes, head)
        case (.end, .readingBody(let head)): answer(head)
        default: break  // What follows a refused head is of no interest.
        }
    }

    private func begin(_ received: HTTPRequestHead) {
        let head = received.inOriginForm
        headHasBegun = false
        if let refusal = head.refusal(loop.configuration) { return refuse(refusal, head: head) }
        if head.expectsContinue, let context {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        }
        state = .readingBody(head)
        body.clear()
        deadline = .now() + loop.configuration.bodyTimeout
    }

    private func append(_ bytes: ByteBuffer, _ head: HTTPRequestHead) {
        let limits = loop.configuration
        guard body.readableBytes + bytes.readableBytes <= limits.maximumBodySize else {
            return refuse(.bodyTooLarge, head: head)
        }
        if body.readableBytes == 0 {
            body = bytes
        } else {
            var bytes = bytes
            body.writeBuffer(&bytes)
        }
        // What came quickly is no credit for coming slowly: the next byte is never waited for longer than at first.
        let earned = deadline + .nanoseconds(Int64(bytes.readableBytes) * 1_000_000_000 / limits.minimumBodyRate)
        deadline = min(earned, .now() + limits.bodyTimeout)
    }

    private func answer(_ head: HTTPRequestHead) {
        guard let context else { return }
        state = .answering
        let client = peer.map { peer in
            let seen = loop.configuration.trustedProxies.client(behind: peer.address, head.headers)
            return seen == peer.address ? peer.text : seen.description
        }
        let request = Request(
            method: head.method, uri: head.uri, headers: head.headers, body: body, peerAddress: client, id: ids.next())
        body = ByteBuffer()
        let keepsAlive = head.allowsAnother
        let started = NIODeadline.now()
        let respond = self.respond
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        task = Task(executorPreference: loop.executor) {
            let response = await respond(request)
            connection.value.send(
                response, for: request.method, keepsAlive: keepsAlive, requestID: request.id)
            connection.value.log(request, response.status, response.body.readableBytes, since: started)
        }
    }

    // MARK: From answers to bytes

    private func send(_ response: Response, for method: HTTPMethod, keepsAlive: Bool, requestID: String) {
        task = nil
        guard let context, case .answering = state else { return }
        // What was already read of later requests is still answered, also when this is the end.
        let keepsAlive = keepsAlive && (!finishes || !waiting.isEmpty || pendingRefusal != nil)
        var buffer = context.channel.allocator.buffer(capacity: 512 + response.body.readableBytes)
        ResponseSerializer.write(
            response,
            frame: .init(
                requestID: requestID, date: loop.date, keepsAlive: keepsAlive, omitsBody: method == .HEAD),
            into: &buffer)
        state = .writing(keepsAlive: keepsAlive)
        deadline = .now() + loop.configuration.writeTimeout
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { result in
            if case .success = result { connection.value.written() }
        }
    }

    private func written() {
        guard case .writing(let keepsAlive) = state, let context else { return }
        guard keepsAlive else { return closeGently() }
        state = .awaitingHead
        headHasBegun = false
        deadline = .now() + loop.configuration.idleTimeout
        while let part = waiting.popFirst() {
            receive(part)
            guard awaitsHead || isReadingBody else { return }
        }
        if let refusal = pendingRefusal { return refuse(refusal) }
        if finishes && awaitsHead { return abort() }
        resumeReading(context)
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard readIsHeld else { return }
        readIsHeld = false
        context.read()
    }

    private var isReadingBody: Bool {
        if case .readingBody = state { true } else { false }
    }

    /// Answers a request that can't be served at all, and ends the connection: where the next request would begin is
    /// not certain any more.
    func refuse(_ refusal: Refusal, head: HTTPRequestHead? = nil) {
        switch state {
        case .lingering, .closed: return
        case .answering, .writing:
            pendingRefusal = pendingRefusal ?? refusal
            return
        case .awaitingHead, .readingBody: break
        }
        guard let context else { return }
        let id = ids.next()
        let response = refusal.response(requestID: id)
        var buffer = context.channel.allocator.buffer(capacity: 512)
        ResponseSerializer.write(
            response,
            frame: .init(requestID: id, date: loop.date, keepsAlive: false, omitsBody: head?.method == .HEAD),
            into: &buffer)
        waiting.removeAll()
        state = .writing(keepsAlive: false)
        deadline = .now() + loop.configuration.writeTimeout
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in connection.value.closeGently() }
        logger.info(
            "refused",
            metadata: [
                "request_id": "\(id)", "status": "\(response.status.code)", "reason": "\(refusal.title)",
                "peer": "\(peer?.text ?? "-")",
            ])
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

    private func log(_ request: Request, _ status: HTTPResponseStatus, _ size: Int, since started: NIODeadline) {
        guard logger.logLevel <= .info else { return }
        let microseconds = (NIODeadline.now() - started).nanoseconds / 1000
        logger.info(
            "request",
            metadata: [
                "request_id": "\(request.id)", "method": "\(request.method.rawValue)", "path": "\(request.loggedPath)",
                "status": "\(status.code)", "bytes": "\(size)", "us": "\(microseconds)",
                "peer": "\(request.peerAddress ?? "-")",
            ])
    }
}

/// Answers a request; never throws, because there is nobody further out to catch it.
package typealias Responder = @Sendable (Request) async -> Response
