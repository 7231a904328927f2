import Metrics
import NIOCore
import Synchronization

/// The metrics of one or more servers. It asks their event loops at each scrape, so that the loops share nothing while
/// they serve.
package final class ServerMeter: Sendable {
    private let loops = Mutex<[NIOLoopBound<LoopState>]>([])
    let acceptPauses = Counter()

    package init() {}

    func add(_ added: some Collection<NIOLoopBound<LoopState>>) { loops.withLock { $0 += added } }

    /// - Parameter routes: the paths of the routes, in the order of the site map.
    package func families(routes: [String]) async -> [MetricFamily] {
        var counts = LoopCounts()
        var open: [ConnectionKind: Int] = [:]
        for loop in loops.withLock({ $0 }) {
            // None from a loop that has ended.
            guard let seen = try? await loop.eventLoop.submit({ (loop.value.counts, loop.value.openConnections) }).get()
            else { continue }
            counts.add(seen.0)
            open.merge(seen.1, uniquingKeysWith: +)
        }
        return [counts.requests.family(routes: routes)] + Self.families(counts) + Self.connections(counts, open) + [
            .counter(
                "latchkey_connections_accept_pauses_total",
                "Pauses in accepting connections because the system refused it, for lack of descriptors say.",
                acceptPauses)
        ]
    }

    /// The number of requests since the start.
    package func requestCount() async -> UInt64 {
        var count: UInt64 = 0
        for loop in loops.withLock({ $0 }) {
            count += (try? await loop.eventLoop.submit { loop.value.counts.requests.count }.get()) ?? 0
        }
        return count
    }

    private static func families(_ counts: LoopCounts) -> [MetricFamily] {
        [
            .gauge(
                "latchkey_http_requests_in_progress", "Requests whose responses are being made.",
                Double(counts.inProgress)),
            MetricFamily(
                .counter, "latchkey_http_refused_total", "Requests refused before they reached a route, by reason.",
                Refusal.allCases.map {
                    MetricSample(Double(counts.refused[$0] ?? 0), ["reason": $0.rawValue])
                }),
            .counter(
                "latchkey_http_request_body_bytes_total", "Bytes of the bodies of requests that were answered.",
                Double(counts.received)),
            .counter(
                "latchkey_http_response_body_bytes_total", "Bytes of the bodies of responses.", Double(counts.sent)),
        ]
    }

    private static func connections(_ counts: LoopCounts, _ open: [ConnectionKind: Int]) -> [MetricFamily] {
        [
            MetricFamily(
                .gauge, "latchkey_connections", "Open connections, by protocol.",
                ConnectionKind.allCases.filter { $0 != .http2Stream }.map {
                    MetricSample(Double(open[$0] ?? 0), ["protocol": $0.rawValue])
                }),
            .gauge("latchkey_http2_streams", "Open HTTP/2 streams.", Double(open[.http2Stream] ?? 0)),
            .counter(
                "latchkey_connections_accepted_total", "Connections that were accepted.",
                Double(counts.acceptedConnections)),
            .counter(
                "latchkey_tls_failed_handshakes_total", "Connections that ended in an error of their TLS handshake.",
                Double(counts.failedHandshakes)),
        ]
    }
}
