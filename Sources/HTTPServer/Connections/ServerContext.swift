import Logging
import NIOCore
import NIOHTTP1

/// The configuration and services that all connections share.
struct ServerContext: Sendable {
    let respond: Responder
    let match: RouteLookup
    let logger: Logger
    let accessLog: AccessLog?
    let refusalHeaders: RefusalHeaders
    let ids = RequestIDs()

    /// The response to a request that never reaches the site, with the fields that all responses have.
    /// - Parameter head: the head of the request, as far as it is known.
    func answer(to refusal: Refusal, id: String, _ head: HTTPRequestHead?) -> Response {
        var response = refusal.response(requestID: id)
        for (name, value) in refusalHeaders(head) where !response.headers.contains(name: name) {
            response.headers.add(name: name, value: value)
        }
        return response
    }

    /// The log entry of a request whose response was made just now, without the size of that; nil if none is wanted.
    func record(of request: Request, _ response: Response, _ duration: TimeAmount) -> AccessRecord? {
        guard accessLog != nil else { return nil }
        return AccessRecord(
            requestID: request.id, method: request.method.rawValue, path: request.loggedPath,
            status: response.status.code, bytes: 0, microseconds: duration.nanoseconds / 1000,
            peer: request.peerAddress, isGone: false)
    }

    /// - Parameter size: bytes of the body.
    func log(_ record: AccessRecord?, size: Int, isGone: Bool) {
        guard var record else { return }
        record.bytes = size
        record.isGone = isGone
        accessLog?(record)
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

/// Answers a request; never throws, because no caller could handle the error.
package typealias Responder = @Sendable (Request) async -> Response

/// Finds the route of a request by its method and target.
package typealias RouteLookup = @Sendable (HTTPMethod, _ target: String) -> RouteMatch

/// The additional fields of a response that is sent before the site sees the request. The head is nil if it could not
/// be read.
package typealias RefusalHeaders = @Sendable (HTTPRequestHead?) -> HTTPHeaders
