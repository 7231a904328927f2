import Crypto
import HTTPServer
import Metrics

/// The metrics, for callers with the right token.
package struct MetricsAccess: Sendable {
    private let registry: MetricsRegistry
    private let token: [UInt8]

    package init(_ registry: MetricsRegistry, token: String) {
        self.registry = registry
        self.token = Array(token.utf8)
    }

    /// - Returns: nil without the token.
    func response(to request: Request) async -> Response? {
        guard let given = request.bearerToken, ConstantTime.isEqual(Array(given.utf8), token) else { return nil }
        return await registry.response()
    }
}

extension MetricsRegistry {
    func response() async -> Response {
        var response = Response(
            status: .ok, contentType: MetricsText.mediaType, bytes: Array(await text().utf8),
            headers: ["cache-control": "no-store"])
        response.origin = .metrics
        return response
    }
}

extension Request {
    /// True for a request that the metrics could answer.
    var asksForMetrics: Bool { isRead && path == "/metrics" }
}
