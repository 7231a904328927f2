import Domain
import Logging
import NIOCore
import NIOHTTP1

/// A request whose head is there and whose body is still coming in: how much of it may come, and how long the next
/// byte may take. A class, as the state of an exchange is looked at for every part that comes.
final class IncomingRequest {
    let head: HTTPRequestHead
    private(set) var body = ByteBuffer()
    private(set) var deadline: NIODeadline
    private let maximumBodySize: Int
    private let limits: ServerConfiguration
    private let share: MemoryAccount.Share
    private let route: RouteMatch

    /// - Parameter size: bytes that the head takes up, as far as they are to be counted.
    /// - Throws: why the request can't be served at all.
    init(
        _ received: HTTPRequestHead, size: Int, from client: ClientConnection,
        _ limits: ServerConfiguration, _ site: ServedSite
    ) throws(Refusal) {
        head = received.inOriginForm
        self.limits = limits
        share = MemoryAccount.Share(of: client.requests)
        route = site.match(head.method, head.uri)
        maximumBodySize = min(route.attributes.maximumBodySize ?? .max, limits.maximumBodySize)
        deadline = .now() + limits.bodyTimeout
        if let refusal = head.refusal(limits, maximumBodySize: maximumBodySize) { throw refusal }
        if size > 0 && !share.take(size) { throw .tooManyRequests }
    }

    func append(_ bytes: ByteBuffer) throws(Refusal) {
        guard body.readableBytes + bytes.readableBytes <= maximumBodySize else { throw .bodyTooLarge }
        guard share.take(bytes.readableBytes) else { throw .tooManyRequests }
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

    func request(from peer: Peer?, id: String) -> Request {
        Request(
            method: head.method, uri: head.uri, headers: head.headers, body: body,
            peerAddress: peer?.client(head.headers, limits.trustedProxies), id: id, route: route)
    }
}

/// What all connections serve and share.
struct ServedSite: Sendable {
    let respond: Responder
    let match: RouteLookup
    let logger: Logger
    let accessLog: AccessLog?
    let refusalHeaders: RefusalHeaders
    let ids = RequestIDs()

    /// The answer to a request that never reaches the site, with the fields that all answers have.
    /// - Parameter head: the request's, as far as it is known.
    func answer(to refusal: Refusal, id: String, _ head: HTTPRequestHead?) -> Response {
        var response = refusal.response(requestID: id)
        for (name, value) in refusalHeaders(head) where !response.headers.contains(name: name) {
            response.headers.add(name: name, value: value)
        }
        return response
    }

    func log(_ request: Request, _ response: Response, since started: NIODeadline, isGone: Bool) {
        guard let accessLog else { return }
        accessLog(
            AccessRecord(
                requestID: request.id, method: request.method.rawValue, path: request.loggedPath,
                status: response.status.code, bytes: response.body.readableBytes,
                microseconds: (NIODeadline.now() - started).nanoseconds / 1000, peer: request.peerAddress,
                isGone: isGone))
    }

    func log(_ refusal: Refusal, id: String, peer: Peer?) {
        logger.info(
            "refused",
            metadata: [
                "request_id": "\(id)", "status": "\(refusal.status.code)", "reason": "\(refusal.title)",
                "peer": "\(peer?.text ?? "-")",
            ])
    }
}

/// What there is to be told of a request that was answered.
package struct AccessRecord: Sendable {
    package var requestID: String
    package var method: String
    /// Without the query and without secrets.
    package var path: String
    package var status: UInt
    /// Of the body.
    package var bytes: Int
    package var microseconds: Int64
    package var peer: String?
    /// Whether the client left before its answer came.
    package var isGone: Bool

    package init(
        requestID: String, method: String, path: String, status: UInt, bytes: Int, microseconds: Int64, peer: String?,
        isGone: Bool
    ) {
        self.requestID = requestID
        self.method = method
        self.path = path
        self.status = status
        self.bytes = bytes
        self.microseconds = microseconds
        self.peer = peer
        self.isGone = isGone
    }
}

/// Writes down each request. Called on the event loops, so it must not wait.
package typealias AccessLog = @Sendable (AccessRecord) -> Void

/// Answers a request; never throws, because there is nobody further out to catch it.
package typealias Responder = @Sendable (Request) async -> Response

/// Finds the route of a request by its method and target.
package typealias RouteLookup = @Sendable (HTTPMethod, _ target: String) -> RouteMatch

/// The fields that an answer has besides, if it is given before the site sees the request. The head is nil where it
/// could not be read.
package typealias RefusalHeaders = @Sendable (HTTPRequestHead?) -> HTTPHeaders
