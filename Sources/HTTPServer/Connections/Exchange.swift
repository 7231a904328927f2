import NIOCore
import NIOHTTP1

/// One request and its response, independent of the HTTP version: the rules for the head, the size limit and deadline
/// of the body, the task that answers the request, and the part of the response that is still to be sent.
///
/// Used on the event loop of its connection. An HTTP/1 connection has one exchange, which is reused for its successive
/// requests.
final class Exchange {
    enum State {
        case awaitingHead
        case readingBody(IncomingRequest)
        case answering
        /// The response is being written; `rest` is the part that has not been handed to the socket.
        case writing(rest: ByteBuffer)
        /// The body is being generated and sent.
        case streaming(part: Int)
        case finished
    }

    private(set) var state = State.awaitingHead
    var deadline: NIODeadline
    private let loop: LoopState
    private let site: ServerContext
    private let client: ClientConnection
    private unowned let carrier: any ExchangeCarrier
    /// The current request; its bytes count as in use until the response is made.
    private var incoming: IncomingRequest?
    private var task: Task<Void, Never>?
    private var unsent: MemoryAccount.Share?
    /// The body that is to be generated, or is being generated.
    private var stream: BodyStream?
    private var streamedSize = 0
    private var streamRequestID = ""
    /// Distinguishes the parts of the streams of this exchange, for sources that go on after their end.
    private var partNumber = 0
    private var isShuttingDown = false
    /// The last piece of the stream; the next one waits for it.
    private var lastPiece: EventLoopFuture<Void>?
    /// Logs a streamed response at its end.
    private var logEnd: ((_ size: Int, _ isGone: Bool) -> Void)?

    init(_ carrier: any ExchangeCarrier, _ client: ClientConnection, loop: LoopState, site: ServerContext) {
        self.carrier = carrier
        self.client = client
        self.loop = loop
        self.site = site
        deadline = .now() + loop.configuration.headTimeout
    }

    private var configuration: ServerConfiguration { loop.configuration }

    /// True while the request can be refused, that is, until its response has begun.
    var isRefusable: Bool {
        switch state {
        case .awaitingHead, .readingBody: true
        case .answering, .writing, .streaming, .finished: false
        }
    }

    // MARK: From parts to a request

    func begin(_ head: HTTPRequestHead, size: Int) throws(Refusal) {
        let request = try IncomingRequest(head, size: size, from: client, configuration, site)
        state = .readingBody(request)
        deadline = request.deadline
    }

    func append(_ bytes: ByteBuffer) throws(Refusal) {
        guard case .readingBody(let request) = state else { return }
        try request.append(bytes)
        deadline = request.deadline
    }

    /// Called when the request is complete.
    func complete() {
        guard case .readingBody(let request) = state else { return }
        incoming = request
        state = .answering
    }

    /// - Throws: if too many responses are waiting to be read already.
    func answer() throws(Refusal) {
        guard let incoming else { return }
        guard !client.answers.isFull else {
            state = .readingBody(incoming)
            throw .tooManyAnswers
        }
        let request = incoming.request(from: client.peer, id: site.ids.next())
        let started = NIODeadline.now()
        loop.counts.inProgress += 1
        let site = self.site
        let exchange = NIOLoopBound(self, eventLoop: loop.eventLoop)
        task = Task(executorPreference: loop.executor) {
            let response = await site.respond(request)
            exchange.value.send(response, to: request, since: started)
        }
    }

    // MARK: The answer

    /// Sends the response and logs the request, at the end of a stream if it has one.
    private func send(_ response: Response, to request: Request, since started: NIODeadline) {
        let isGone = task?.isCancelled ?? true
        let duration = NIODeadline.now() - started
        loop.counts.inProgress -= 1
        task = nil
        incoming = nil
        var response = response
        if case .answering = state {
            response = admitted(response, to: request)
            carrier.send(response, to: request)
        }
        loop.counts.count(request, response, seconds: Double(duration.nanoseconds) / 1_000_000_000)
        let record = site.record(of: request, response, duration)
        guard stream != nil else {
            if request.method != .HEAD { loop.counts.sent &+= UInt64(response.body.readableBytes) }
            return site.log(record, size: response.body.readableBytes, isGone: isGone)
        }
        streamRequestID = request.id
        logEnd = { [site, loop] size, isGone in
            loop.counts.sent &+= UInt64(size)
            site.log(record, size: size, isGone: isGone)
        }
    }

    /// The response, or a 503 in its place if too many are waiting to be read. A response to a request that has changed
    /// something is always sent, and is small.
    private func admitted(_ response: Response, to request: Request) -> Response {
        let size = response.body.readableBytes
        guard size > ResponseSerializer.pieceSize || response.stream != nil else { return response }
        guard !client.answers.isFull || (request.method != .GET && request.method != .HEAD) else {
            let head = HTTPRequestHead(
                version: .http1_1, method: request.method, uri: request.uri, headers: request.headers)
            return site.answer(to: .tooManyAnswers, id: request.id, head)
        }
        if request.method != .HEAD { count(size) }
        return response
    }

    /// - Parameter head: the head of the refused request, as far as it is known.
    /// - Returns: the response to a refused request, and its id; nil if another response has begun.
    func refuse(_ refusal: Refusal, _ head: HTTPRequestHead?) -> (Response, id: String)? {
        var head = head
        switch state {
        case .awaitingHead: break
        case .readingBody(let request): head = request.head
        case .answering, .writing, .streaming, .finished: return nil
        }
        let id = site.ids.next()
        let answer = (site.answer(to: refusal, id: id, head), id: id)
        incoming = nil
        loop.counts.count(refusal)
        site.log(refusal, id: id, peer: client.peer)
        state = .answering
        return answer
    }

    /// Responses are written piece by piece: each piece that is taken extends the deadline, so a slow reader is served
    /// and a stalled one is noticed.
    func beginWriting(rest: ByteBuffer, stream: BodyStream?) {
        state = .writing(rest: rest)
        self.stream = stream
        streamedSize = 0
        deadline = .now() + configuration.writeTimeout
    }

    /// Counts bytes as unsent until the end of the response.
    func count(_ size: Int) {
        let share = unsent ?? MemoryAccount.Share(of: client.answers)
        share.take(size)
        unsent = share
    }

    /// Also counts a small response that the socket does not take at once.
    func countIfStillWriting(_ size: Int) {
        if unsent == nil, case .writing = state { count(size) }
    }

    /// The next piece to write after the previous one was taken; nil at the end.
    func nextPiece() -> ByteBuffer? {
        guard case .writing(var rest) = state else { return nil }
        let size = min(rest.readableBytes, ResponseSerializer.pieceSize)
        guard size > 0, let piece = rest.readSlice(length: size) else { return nil }
        state = .writing(rest: rest)
        // As with bodies, reading quickly earns no credit for reading slowly later.
        let earned = deadline + .nanoseconds(Int64(size) * 1_000_000_000 / configuration.minimumReadRate)
        deadline = min(earned, .now() + configuration.writeTimeout)
        return piece
    }

    /// Begins a streamed body, when the head was taken.
    /// - Returns: false if there is none.
    func beginStreaming() -> Bool {
        guard stream != nil, case .writing = state else { return false }
        deadline = .distantFuture
        beginPart(nextPart())
        return true
    }

    /// The number of the next part. From here on, bytes of earlier parts and streams are refused.
    private func nextPart() -> Int {
        partNumber += 1
        state = .streaming(part: partNumber)
        lastPiece = nil
        return partNumber
    }

    private func beginPart(_ number: Int) {
        guard let stream, case .streaming(number) = state else { return }
        let eventLoop = loop.eventLoop
        let exchange = NIOLoopBound(self, eventLoop: eventLoop)
        task = Task(executorPreference: loop.executor) {
            let hasMore: Result<Bool, any Error>
            do {
                hasMore = .success(
                    try await stream.sendPart { bytes in
                        try Task.checkCancellation()
                        try await eventLoop.flatSubmit { exchange.value.send(bytes, of: number) }.get()
                    })
            } catch {
                hasMore = .failure(error)
            }
            exchange.value.endPart(number, hasMore)
        }
        if isShuttingDown { shutDown() }
    }

    private func endPart(_ number: Int, _ hasMore: Result<Bool, any Error>) {
        guard let pause = stream?.pause, case .success(true) = hasMore, case .streaming(number) = state, !endsNow else {
            return endStream(number, hasMore.map { _ in })
        }
        task = nil
        let (eventLoop, next) = (loop.eventLoop, nextPart())
        let exchange = NIOLoopBound(self, eventLoop: eventLoop)
        pause { eventLoop.execute { exchange.value.beginPart(next) } }
    }

    /// Sends the bytes of a stream after those before them.
    private func send(_ bytes: ByteBuffer, of number: Int) -> EventLoopFuture<Void> {
        // Left to `sendPieces`, the refusal would become the last piece, and fail those after it.
        guard case .streaming(number) = state else {
            return loop.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        let exchange = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let before = lastPiece ?? loop.eventLoop.makeSucceededVoidFuture()
        let sent = before.flatMap { exchange.value.sendPieces(bytes, of: number) }
        lastPiece = sent
        return sent
    }

    private func sendPieces(_ bytes: ByteBuffer, of number: Int) -> EventLoopFuture<Void> {
        let eventLoop = loop.eventLoop
        guard case .streaming(number) = state else { return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        var rest = bytes
        guard let piece = rest.readSlice(length: min(rest.readableBytes, ResponseSerializer.pieceSize)),
            piece.readableBytes > 0
        else {
            unsent = nil
            deadline = .distantFuture
            return eventLoop.makeSucceededVoidFuture()
        }
        // The whole is in memory until its last piece is sent.
        unsent = nil
        count(bytes.readableBytes)
        streamedSize += piece.readableBytes
        // The source may take its time; the client may not.
        deadline = .now() + configuration.writeTimeout
        let exchange = NIOLoopBound(self, eventLoop: eventLoop)
        return carrier.sendPiece(piece).flatMap { [rest] in
            exchange.value.sendPieces(rest, of: number)
        }
    }

    private func endStream(_ number: Int, _ result: Result<Void, any Error>) {
        guard case .streaming(number) = state else { return }
        state = .writing(rest: ByteBuffer())
        task = nil
        lastPiece = nil
        let endsEarly = endsNow
        stream = nil
        endLog(isGone: false)
        deadline = .now() + configuration.writeTimeout
        if case .failure(let error) = result, !endsEarly {
            site.logger.warning(
                "a response was cut off", metadata: ["request_id": "\(streamRequestID)", "cause": "\(error)"])
            carrier.cutOff()
        } else {
            carrier.endStream()
        }
    }

    /// Ends a stream that has no end of its own.
    func shutDown() {
        isShuttingDown = true
        guard case .streaming(let number) = state, endsNow else { return }
        if let task { task.cancel() } else { endStream(number, .success(())) }
    }

    private var endsNow: Bool { isShuttingDown && stream?.endsAtShutdown ?? false }

    private func endLog(isGone: Bool) {
        logEnd?(streamedSize, isGone)
        logEnd = nil
    }

    var isWriting: Bool { if case .writing = state { true } else { false } }

    /// Prepares for the next request on the same connection.
    func reset() {
        unsent = nil
        state = .awaitingHead
        deadline = .now() + configuration.idleTimeout
    }

    /// Ends the exchange. Work that has not begun is dropped, as no response is awaited any more.
    func end() {
        state = .finished
        task?.cancel()
        task = nil
        incoming = nil
        unsent = nil
        stream = nil
        lastPiece = nil
        endLog(isGone: true)
    }
}
