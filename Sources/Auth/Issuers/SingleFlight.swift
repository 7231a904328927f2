import Basics
import Synchronization

/// Work that runs once at a time, and starts at most once in each interval, however many callers ask for it.
final class SingleFlight: Sendable {
    private struct State {
        var beganAt: Timestamp?
        var running: Task<Void, Never>?
    }

    private let minimumIntervalSeconds: Int64
    private let state = Mutex(State())

    init(minimumIntervalSeconds: Int64) { self.minimumIntervalSeconds = minimumIntervalSeconds }

    /// True once the work has been started.
    var hasBegun: Bool { state.withLock { $0.beganAt != nil } }

    /// Returns when the running work, or the work started by this call, is done; at once if it is too early for another
    /// run.
    func run(at time: Timestamp, _ work: @escaping @Sendable () async -> Void) async {
        let task: Task<Void, Never>? = state.withLock { state in
            if let running = state.running { return running }
            if state.beganAt?.isRecent(at: time, forSeconds: minimumIntervalSeconds) == true { return nil }
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
