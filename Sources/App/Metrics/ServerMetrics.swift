import HTTPServer
import Metrics
import Storage
import Web
import Workers

/// The metrics of a running server, and where each of them comes from.
package struct ServerMetrics: Sendable {
    private let registry: MetricsRegistry
    private let services: Services

    /// - Parameter registry: the one that the site and the metrics' own port serve.
    package init(_ registry: MetricsRegistry, _ services: Services) {
        (self.registry, self.services) = (registry, services)
    }

    /// Adds all sources; called once.
    /// - Parameters:
    ///   - sender: nil if no mail is sent.
    ///   - tls: nil for plain HTTP.
    package func add(
        site: Site, meter: ServerMeter, upkeep: MetricsUpkeep, sender: MailSender?, backups: BackupHealth,
        tls: TLSIdentity?, version: String
    ) {
        let routes = site.router.routes.map(\.path)
        registry.add { await meter.families(routes: routes) }
        services.addMetrics(to: registry)
        let (answers, database) = (site.answers, services.database)
        registry.add { answers.metrics }
        if let sender {
            registry.add {
                [
                    sender.deliveries.family(
                        "latchkey_mail_attempts_total", "Attempts of this process to send an e-mail, by result.",
                        by: "result")
                ]
            }
        }
        registry.add { upkeep.metrics }
        registry.add {
            // Files may be on a disk that does not answer, and event loops must not wait for it.
            let families = try? await WorkerThread.run {
                database.metrics + backups.metrics + ProcessMetrics.families()
            }
            return families ?? []
        }
        registry.add {
            [
                .gauge(
                    "latchkey_tls_certificate_not_after_timestamp_seconds", "Time at which the certificate expires.",
                    tls?.expiry.seconds),
                MetricFamily(
                    .gauge, "latchkey_build_info", "1, with what this program was built from.",
                    [MetricSample(1, ["version": version, "sqlite": SQLiteFile.libraryVersion])]),
            ]
        }
    }
}
