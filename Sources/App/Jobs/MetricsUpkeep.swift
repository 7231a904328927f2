import Domain
import Metrics
import ServiceLifecycle
import Storage
import Synchronization

/// Looks at the database for the metrics now and then, so that a scrape never has to wait for it.
package final class MetricsUpkeep: Service {
    private struct Findings {
        var isReady: Bool?
        var mails: [MailState: Int]?
    }

    private static let interval = Duration.seconds(15)

    private let readiness: Readiness
    private let outbox: SQLMailOutbox
    private let findings = Mutex(Findings())

    package init(_ services: Services, _ readiness: Readiness) {
        (outbox, self.readiness) = (services.outbox, readiness)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    package func look() async {
        let isReady = await readiness.readinessProblem() == nil
        let mails = try? await outbox.count([.waiting, .undeliverable, .expired])
        findings.withLock { $0 = Findings(isReady: isReady, mails: mails) }
    }

    /// The latest findings; empty before the first look.
    package var metrics: [MetricFamily] {
        let found = findings.withLock { $0 }
        let mails = found.mails.map { mails in
            [MailState.waiting, .undeliverable, .expired].map {
                MetricSample(Double(mails[$0] ?? 0), ["state": $0.rawValue])
            }
        }
        return [
            .gauge(
                "latchkey_ready", "1 if requests can be served, as /ready tells; looked at every 15 s.",
                found.isReady.map { $0 ? 1 : 0 }),
            MetricFamily(
                .gauge, "latchkey_mails",
                "Mails that wait to be sent, were refused, or became too old; counted every 15 s.", mails ?? []),
        ]
    }
}
