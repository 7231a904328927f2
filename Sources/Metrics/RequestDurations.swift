/// The durations of requests, by route, method and status. Every event loop has its own, which only that loop changes:
/// counting a request needs neither a lock nor an atomic operation.
package struct RequestDurations: Sendable {
    /// The methods that are counted separately.
    package enum Method: UInt8, Sendable, CaseIterable {
        case get, head, post, put, patch, delete, options, other

        /// As OpenTelemetry has it.
        package var text: String {
            switch self {
            case .get: "GET"
            case .head: "HEAD"
            case .post: "POST"
            case .put: "PUT"
            case .patch: "PATCH"
            case .delete: "DELETE"
            case .options: "OPTIONS"
            case .other: "_OTHER"
            }
        }
    }

    /// The source of an answer.
    package enum Place: Sendable, Equatable {
        /// The number of a route, in the order of the site map.
        case route(Int)
        case publicFile
        case metrics
        /// No route matched, whatever the path was.
        case none

        fileprivate var code: UInt32 {
            switch self {
            case .route(let number): UInt32(truncatingIfNeeded: number) & 0xFFFF
            case .publicFile: 0xFFFD
            case .metrics: 0xFFFE
            case .none: 0xFFFF
            }
        }
    }

    /// Route, method and status in one number. Statuses have three digits.
    private struct Key: Hashable {
        let code: UInt32

        init(_ place: Place, _ method: Method, _ status: UInt) {
            code = place.code << 16 | UInt32(method.rawValue) << 10 | UInt32(truncatingIfNeeded: min(status, 1023))
        }

        var place: Int { Int(code >> 16) }
        var method: String { Method(rawValue: UInt8(code >> 10 & 0x3F))?.text ?? Method.other.text }
        var status: Int { Int(code & 0x3FF) }
    }

    private var series: [Key: HistogramValues] = [:]

    package init() {}

    /// The number of all requests.
    package var count: UInt64 { series.values.reduce(0) { $0 + $1.count } }

    package mutating func record(_ seconds: Double, of place: Place, _ method: Method, status: UInt) {
        series[Key(place, method, status), default: HistogramValues(bounds: HistogramValues.requestBounds)]
            .record(seconds)
    }

    package mutating func add(_ other: RequestDurations) {
        series.merge(other.series) { own, others in
            var sum = own
            sum.add(others)
            return sum
        }
    }

    /// - Parameter routes: the paths of the routes by their numbers, `/api/tasks/{id}`.
    package func family(routes: [String]) -> MetricFamily {
        let samples = series.map { key, values in
            MetricSample(
                values,
                [
                    "http_request_method": key.method, "http_route": Self.text(key.place, routes),
                    "http_response_status_code": String(key.status),
                ])
        }
        return MetricFamily(
            .histogram, "http_server_request_duration_seconds",
            "Time from a complete request until its response is made, by route.", samples)
    }

    private static func text(_ place: Int, _ routes: [String]) -> String {
        if routes.indices.contains(place) { return routes[place] }
        switch UInt32(place) {
        case Place.publicFile.code: return "/{public_file}"
        case Place.metrics.code: return "/metrics"
        default: return "none"
        }
    }
}
