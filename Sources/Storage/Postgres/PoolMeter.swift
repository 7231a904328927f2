import Metrics
import Synchronization

/// Measures one connection of a PostgreSQL pool. Each has its own, so that their threads share nothing.
final class PoolMeter: Sendable {
    private struct State {
        var waits = HistogramValues(bounds: HistogramValues.requestBounds)
        var uses = HistogramValues(bounds: HistogramValues.requestBounds)
        var lateJobs: UInt64 = 0
        var isBusy = false
    }

    private let state = Mutex(State())

    /// Called when a job was taken from the queue.
    func begin(_ job: PostgresJob, at time: ContinuousClock.Instant) {
        state.withLock { state in
            state.waits.record(time - job.queuedAt)
            state.isBusy = true
        }
    }

    /// Called when a job has waited longer than it may.
    func dropLate() {
        state.withLock { state in
            state.lateJobs &+= 1
            state.isBusy = false
        }
    }

    func end(since begun: ContinuousClock.Instant) {
        let duration = ContinuousClock.now - begun
        state.withLock { state in
            state.uses.record(duration)
            state.isBusy = false
        }
    }

    static func metrics(_ meters: [PoolMeter]) -> [MetricFamily] {
        var sum = State()
        var busy = 0
        for meter in meters {
            let state = meter.state.withLock { $0 }
            sum.waits.add(state.waits)
            sum.uses.add(state.uses)
            sum.lateJobs += state.lateJobs
            busy += state.isBusy ? 1 : 0
        }
        return [
            .histogram("latchkey_database_wait_seconds", "Time that operations wait before they begin.", sum.waits),
            .histogram(
                "latchkey_database_operation_seconds", "Time that operations hold a connection, retries included.",
                sum.uses),
            .counter(
                "latchkey_database_late_operations_total", "Operations for which no connection was free in time.",
                Double(sum.lateJobs)),
            MetricFamily(
                .gauge, "latchkey_database_connections", "Connections of the pool, by what they do.",
                [
                    MetricSample(Double(busy), ["state": "busy"]),
                    MetricSample(Double(meters.count - busy), ["state": "idle"]),
                ]),
        ]
    }
}
