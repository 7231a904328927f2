/// A message to the service manager.
enum ServiceMessage: Sendable, Equatable {
    /// Requests are answered from now on.
    case ready(status: String)
    case stopping
    /// Proof of life, which a manager with a watchdog waits for.
    case alive

    var text: String {
        switch self {
        case .ready(let status): "READY=1\nSTATUS=\(status)"
        case .stopping: "STOPPING=1\nSTATUS=Finishing requests"
        case .alive: "WATCHDOG=1"
        }
    }
}
