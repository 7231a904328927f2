import Metrics

extension Services {
    /// Adds the metrics of the services.
    package func addMetrics(to registry: MetricsRegistry) {
        registry.add { [auth, audit, hasher, hub] in
            [
                auth.signIns.family(
                    "latchkey_sign_ins_total", "Attempts to sign in, with a password or otherwise, by outcome.",
                    by: "outcome"),
                .counter(
                    "latchkey_sign_ups_total",
                    "Sign-ups that were accepted; where addresses are verified first, taken addresses too.",
                    auth.signUps),
                audit.throttledActs.family(
                    "latchkey_throttled_total", "Attempts that a limit on guessing refused.", by: "act"),
            ] + hasher.metrics + [
                .gauge("latchkey_event_streams", "Streams of changes that are open.", Double(hub.count))
            ]
        }
    }
}
