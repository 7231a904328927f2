import NIOCore
import NIOHTTP1

/// One request and its answer, whichever version of HTTP carries them: the rules for its head, the limit and the
/// deadline of its body, the task that answers it, and what of the answer still has to be sent.
///
/// Used on the event loop of its connection. A connection of HTTP/1 has one for all its requests, one after another.
final class Exchange {
    enum State {
        case awaitingHead
        case readingBody(IncomingRequest)
        case answering
        /// What is under way, and what is left.
        case writing(rest: ByteBuffer)
        case finished
    }

    private(set) var state = State.awaitingHead
    var deadline: NIODeadline
    private let loop: LoopState
    private let site: ServerContext
    private let client: ClientConnection
    private unowned let carrier: any ExchangeCarrier
    /// The request at hand; its bytes count as in use until the answer is made.
    private var incoming: IncomingRequest?
    private var task: Task<Void, Never>?
    private var unsent: MemoryAccount.Share?

    init(_ carrier: any ExchangeCarrier, _ client: ClientConnection, loop: LoopState, site: ServerContext) {
        self.carrier = carrier
        self.client = client
        self.loop = loop
        self.site = site
        deadline = .now() + loop.configuration.headTimeout
    }

    private var configuration: ServerConfiguration { loop.configuration }

    /// Whether a request can be refused: later, its answer has begun.
    var isRefusable: Bool {
        switch state {
        case .awaitingHead, .readingBody: true
        case .answering, .writing, .finished: false
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

    /// The request has come to its end.
    func complete() {
        guard case .readingBody(let request) = state else { return }
        incoming = request
        state = .answering
    }

    /// - Throws: where too many answers wait to be read already.
    func answer(on eventLoop: any EventLoop) throws(Refusal) {
        guard let incoming else { return }
        guard !client.answers.isFull else {
            state = .readingBody(incoming)
            throw .tooManyAnswers
        }
        let request = incoming.request(from: client.peer, id: site.ids.next())
        let started = NIODeadline.now()
        let site = self.site
        let exchange = NIOLoopBound(self, eventLoop: eventLoop)
        task = Task(executorPreference: loop.executor) {
            let response = await site.respond(request)
            exchange.value.send(response, to: request)
            site.log(request, response, since: started, isGone: Task.isCancelled)
        }
    }

    // MARK: The answer

    private func send(_ response: Response, to request: Request) {
        task = nil
        incoming = nil
        guard case .answering = state else { return }
        carrier.send(admitted(response, to: request), to: request)
    }

    /// The answer, or a 503 in its place where too many wait to be read. What has changed something is always answered,
    /// and small.
    private func admitted(_ response: Response, to request: Request) -> Response {
        let size = response.body.readableBytes
        guard size > ResponseSerializer.pieceSize else { return response }
        guard !client.answers.isFull || (request.method != .GET && request.method != .HEAD) else {
            let head = HTTPRequestHead(
                version: .http1_1, method: request.method, uri: request.uri, headers: request.headers)
            return site.answer(to: .tooManyAnswers, id: request.id, head)
        }
        if request.method != .HEAD { count(size) }
        return response
    }

    /// - Parameter head: the head that is refused, as far as it is known.
    /// - Returns: the answer to a request that is refused, and its id; nil where another answer has begun.
    func refuse(_ refusal: Refusal, _ head: HTTPRequestHead?) -> (Response, id: String)? {
        var head = head
        switch state {
        case .awaitingHead: break
        case .readingBody(let request): head = request.head
        case .answering, .writing, .finished: return nil
        }
        let id = site.ids.next()
        let answer = (site.answer(to: refusal, id: id, head), id: id)
        incoming = nil
        site.log(refusal, id: id, peer: client.peer)
        state = .answering
        return answer
    }

    /// Answers go out piece by piece: each that is taken gives the client time for the next, so a slow reader goes
    /// on and one that has stopped is noticed.
    func beginWriting(rest: ByteBuffer) {
        state = .writing(rest: rest)
        deadline = .now() + configuration.writeTimeout
    }

    /// Counts bytes as not sent yet, until the end of the answer.
    func count(_ size: Int) {
        let share = unsent ?? MemoryAccount.Share(of: client.answers)
        share.take(size)
        unsent = share
    }

    /// A small answer that the socket does not take at once counts as well.
    func countIfStillWriting(_ size: Int) {
        if unsent == nil, case .writing = state { count(size) }
    }

    /// What is to be written when the piece before was taken; nil at the end.
    func nextPiece() -> ByteBuffer? {
        guard case .writing(var rest) = state else { return nil }
        let size = min(rest.readableBytes, ResponseSerializer.pieceSize)
        guard size > 0, let piece = rest.readSlice(length: size) else { return nil }
        state = .writing(rest: rest)
        // As with bodies: what was read quickly is no credit for reading slowly.
        let earned = deadline + .nanoseconds(Int64(size) * 1_000_000_000 / configuration.minimumReadRate)
        deadline = min(earned, .now() + configuration.writeTimeout)
        return piece
    }

    var isWriting: Bool { if case .writing = state { true } else { false } }

    /// Ready for the next request on the same connection.
    func reset() {
        unsent = nil
        state = .awaitingHead
        deadline = .now() + configuration.idleTimeout
    }

    /// Work that has not begun need not begin: no answer is waited for any more.
    func end() {
        state = .finished
        task?.cancel()
        task = nil
        incoming = nil
        unsent = nil
    }
}
