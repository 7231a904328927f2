import Synchronization

/// The sources of all metrics. Each is asked when there is a scrape: what a part knows of itself, such as the length of
/// its queue, is not counted a second time.
package final class MetricsRegistry: Sendable {
    package typealias Source = @Sendable () async -> [MetricFamily]

    private let sources = Mutex<[Source]>([])

    package init() {}

    /// Adds a source, whose families follow those of earlier ones.
    package func add(_ source: @escaping Source) { sources.withLock { $0.append(source) } }

    package func text() async -> String {
        let sources = sources.withLock { $0 }
        // Not on the event loop of the caller: with many series, writing takes milliseconds.
        return await Task.detached {
            var families: [MetricFamily] = []
            for source in sources { families += await source() }
            return MetricsText.render(families)
        }.value
    }
}
