import Basics
import Synchronization

/// Our own origin, as browsers address it. Without configuration that is this machine, at a port that may only be known
/// once it is bound.
package final class OwnOrigin: Sendable {
    private let origin: Mutex<String>
    private let isConfigured: Bool
    private let scheme: String

    package init(_ configured: String?, isHTTPS: Bool) {
        isConfigured = configured != nil
        scheme = isHTTPS ? "https" : "http"
        origin = Mutex(configured ?? "\(scheme)://localhost")
    }

    package func listens(at port: Int) {
        guard !isConfigured, let own = WebOrigin(url: "\(scheme)://localhost:\(port)") else { return }
        origin.withLock { $0 = own.text }
    }

    package var text: String { origin.withLock { $0 } }
}
