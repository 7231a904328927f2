import Basics
import Domain

/// The origin of a request to sign in.
package struct Client: Sendable {
    package let ipAddress: String
    package let userAgent: String
    /// The browser's device cookie from earlier sign-ins, as received.
    package let device: String?
    /// The id of the request, for the audit trail.
    package let requestID: String?
    /// Its method and path, without secrets.
    package let request: String?

    package init(
        ipAddress: String, userAgent: String, device: String? = nil, requestID: String? = nil, request: String? = nil
    ) {
        self.ipAddress = ipAddress
        self.device = device
        self.userAgent = String(decoding: userAgent.utf8.prefix(512), as: UTF8.self)
        self.requestID = requestID
        self.request = request.map { String(decoding: $0.utf8.prefix(512), as: UTF8.self) }
    }

    var address: IPAddress? { IPAddress(ipAddress) }

    /// The network that throttles count by; clients without an address share one.
    var network: String { address.map { "\($0.network)" } ?? "nowhere" }

    var source: AuditEvent.Source {
        AuditEvent.Source(
            actor: .user, ipAddress: ipAddress, userAgent: userAgent, requestID: requestID, request: request)
    }

    /// The source of what an admin does here, who is its author.
    package func source(asAdmin user: UserID) -> AuditEvent.Source {
        var source = source
        source.actor = .admin(user)
        return source
    }
}
