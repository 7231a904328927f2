import Domain
import ServiceLifecycle

/// Wakes each stream of events every 20 s: it sends a sign of life, which keeps proxies from closing the connection,
/// and finds out if its client and its session are still there.
package struct EventTicks: Service {
    private let hub: ChangeHub
    private static let seconds = 20

    package init(_ services: Services) { hub = services.hub }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var second = 0
            while !Task.isCancelled {
                hub.tick(second, of: Self.seconds)
                second = (second + 1) % Self.seconds
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
