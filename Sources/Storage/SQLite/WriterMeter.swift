import Metrics
import Synchronization

/// Measures the writer of an SQLite file, once for each group of writes.
final class WriterMeter: Sendable {
    private struct State {
        var sizes = HistogramValues(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
        var waits = HistogramValues(bounds: HistogramValues.requestBounds)
        var commits = HistogramValues(bounds: HistogramValues.requestBounds)
    }

    private let state = Mutex(State())
    private let failures = Counter()

    /// Called when the writer takes a group from the queue.
    func begin(_ jobs: [WriteJob]) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.sizes.record(Double(jobs.count))
            for job in jobs { state.waits.record(now - job.queuedAt) }
        }
    }

    func committed(in duration: Duration) { state.withLock { $0.commits.record(duration) } }

    func failed() { failures.increment() }

    var metrics: [MetricFamily] {
        let (sizes, waits, commits) = state.withLock { ($0.sizes, $0.waits, $0.commits) }
        return [
            .histogram("latchkey_database_wait_seconds", "Time that operations wait before they begin.", waits),
            .histogram("latchkey_database_group_size", "Writes that are committed together.", sizes),
            .histogram("latchkey_database_commit_seconds", "Time that commits take, the disk included.", commits),
            .counter(
                "latchkey_database_failed_writes_total",
                "Writes, or groups of them, that the database refused: no space, no permission, or a damaged file.",
                failures),
        ]
    }
}
