import Basics
import Synchronization

/// Work that runs once at a time, and begins at most once in each interval, however many callers ask for it.
final class SingleFlight: Sendable {
    private struct State {
        var beganAt: Timestamp?
        var running: Task<Void, Never>?
    }

    private let minimumIntervalSeconds: Int64
    private let state = Mutex(State())

    init(minimumIntervalSeconds: Int64) { self.minimumIntervalSeconds = minimumIntervalSeconds }

    /// Whether the work has ever begun.
    var hasBegun: Bool { state.withLock { $0.beganAt != nil } }

    /// Returns when the work that is under way, or that this call has begun, is done; at once when it is too early for
    /// another run.
    func run(at time: Timestamp, _ work: @escaping @Sendable () async -> Void) async {
        let task: Task<Void, Never>? = state.withLock { state in
            if let running = state.running { return running }
            if let last = state.beganAt, last <= time, last.adding(seconds: minimumIntervalSeconds) > time {
                return nil
            }
            state.beganAt = time
            let task = Task {
                await work()
                self.state.withLock { $0.running = nil }
            }
            state.running = task
            return task
        }
        await task?.value
    }
}
