import Metrics
import NIOHTTP1

/// The counts of one event loop. Only that loop changes it; a scrape gets a copy.
struct LoopCounts: Sendable {
    var requests = RequestDurations()
    /// Requests whose responses are being made.
    var inProgress = 0
    var refused: [Refusal: UInt64] = [:]
    /// Bytes of bodies.
    var received: UInt64 = 0
    var sent: UInt64 = 0
    var acceptedConnections: UInt64 = 0
    var failedHandshakes: UInt64 = 0

    mutating func count(_ request: Request, _ response: Response, seconds: Double) {
        let place: RequestDurations.Place =
            switch response.origin {
            case .publicFile: .publicFile
            case .metrics: .metrics
            case .route: request.route.number.map { .route($0) } ?? .none
            }
        requests.record(seconds, of: place, .init(request.method), status: response.status.code)
        received &+= UInt64(request.body.readableBytes)
    }

    mutating func count(_ refusal: Refusal) { refused[refusal, default: 0] &+= 1 }

    mutating func add(_ other: LoopCounts) {
        requests.add(other.requests)
        inProgress += other.inProgress
        refused.merge(other.refused, uniquingKeysWith: +)
        received += other.received
        sent += other.sent
        acceptedConnections += other.acceptedConnections
        failedHandshakes += other.failedHandshakes
    }
}

extension RequestDurations.Method {
    init(_ method: HTTPMethod) {
        switch method {
        case .GET: self = .get
        case .HEAD: self = .head
        case .POST: self = .post
        case .PUT: self = .put
        case .PATCH: self = .patch
        case .DELETE: self = .delete
        case .OPTIONS: self = .options
        default: self = .other
        }
    }
}
