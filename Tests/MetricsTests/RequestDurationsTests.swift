import Metrics
import Testing

@Suite struct RequestDurationsTests {
    private let routes = ["/health", "/api/tasks/{id}"]

    private func counts(_ durations: RequestDurations) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        for sample in durations.family(routes: routes).samples {
            guard case .histogram(let values) = sample.value else { continue }
            counts[sample.labels.all.map(\.value).joined(separator: " ")] = values.count
        }
        return counts
    }

    @Test func `requests are counted by method, route and status`() {
        var durations = RequestDurations()
        durations.record(0.0002, of: .route(0), .get, status: 200)
        durations.record(0.0003, of: .route(0), .get, status: 200)
        durations.record(0.1, of: .route(0), .head, status: 503)
        durations.record(0.1, of: .route(1), .patch, status: 412)
        durations.record(0.1, of: .publicFile, .get, status: 304)
        durations.record(0.1, of: .metrics, .get, status: 200)
        durations.record(0.1, of: .none, .other, status: 404)
        #expect(
            counts(durations) == [
                "GET /health 200": 2, "HEAD /health 503": 1, "PATCH /api/tasks/{id} 412": 1,
                "GET /{public_file} 304": 1, "GET /metrics 200": 1, "_OTHER none 404": 1,
            ])
    }

    @Test func `every method and status is told apart from the others`() {
        var durations = RequestDurations()
        for method in RequestDurations.Method.allCases {
            for status in 100...599 { durations.record(0, of: .route(1), method, status: UInt(status)) }
        }
        let counts = counts(durations)
        #expect(counts.count == 8 * 500)
        #expect(counts.values.allSatisfy { $0 == 1 })
    }

    @Test func `the counts of several loops add up`() {
        var (first, second) = (RequestDurations(), RequestDurations())
        first.record(0.001, of: .route(0), .get, status: 200)
        second.record(0.004, of: .route(0), .get, status: 200)
        second.record(20, of: .none, .get, status: 404)
        first.add(second)
        #expect(counts(first) == ["GET /health 200": 2, "GET none 404": 1])
        let text = MetricsText.render([first.family(routes: routes)])
        let series = #"{http_request_method="GET",http_route="/health",http_response_status_code="200""#
        #expect(text.contains("_bucket\(series),le=\"0.001\"} 1\n"))
        #expect(text.contains("_bucket\(series),le=\"0.005\"} 2\n"))
        #expect(text.contains("_sum\(series)} 0.005\n"))
    }

    @Test func `a group counts each of its labels from zero`() {
        enum Fruit: String, CaseIterable, Sendable {
            case apple
            case prickly = "prickly pear"
        }
        let eaten = CounterGroup<Fruit>()
        eaten.increment(.prickly)
        let family = eaten.family("eaten_total", "Eaten.", by: "fruit")
        #expect(family.kind == .counter)
        #expect(
            family.samples == [MetricSample(0, ["fruit": "apple"]), MetricSample(1, ["fruit": "prickly_pear"])])
    }
}
