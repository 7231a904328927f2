import HTTPServer
import Metrics

/// The responder of the port that serves the metrics and nothing else. Reaching that port is the permission.
package struct MetricsPort: Sendable {
    private let registry: MetricsRegistry

    package init(_ registry: MetricsRegistry) { self.registry = registry }

    @Sendable package func answer(_ request: Request) async -> Response {
        guard request.asksForMetrics else {
            return Response(
                status: .notFound, contentType: "text/plain; charset=utf-8",
                bytes: Array("Nothing is here but /metrics.\n".utf8))
        }
        return await registry.response()
    }
}
