import NIOCore
import NIOHTTP1

/// A request whose head is complete and whose body is still arriving: the limit on its size and the deadline of its
/// next byte. A class, because the state is accessed for every part that arrives.
final class IncomingRequest {
    let head: HTTPRequestHead
    private(set) var body = ByteBuffer()
    private(set) var deadline: NIODeadline
    private let maximumBodySize: Int
    private let limits: ServerConfiguration
    private let share: MemoryAccount.Share
    private let route: RouteMatch

    /// - Parameter size: bytes of the head that are charged to the memory account.
    /// - Throws: the reason why the request can't be served at all.
    init(
        _ received: HTTPRequestHead, size: Int, from client: ClientConnection,
        _ limits: ServerConfiguration, _ site: ServerContext
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
        // Sending quickly earns no credit for sending slowly later: no byte is awaited for longer than the first.
        let earned = deadline + .nanoseconds(Int64(bytes.readableBytes) * 1_000_000_000 / limits.minimumBodyRate)
        deadline = min(earned, .now() + limits.bodyTimeout)
    }

    func request(from peer: Peer?, id: String) -> Request {
        Request(
            method: head.method, uri: head.uri, headers: head.headers, body: body,
            peerAddress: peer?.client(head.headers, limits.trustedProxies), id: id, route: route)
    }
}
