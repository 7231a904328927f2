import Synchronization

/// Remembers whether mail can be sent, for the sender and for readiness.
package final class MailHealth: Sendable {
    private struct State {
        var problem: String?
        var pause = firstPause
        var heldUntil = ContinuousClock.now
    }

    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(600)
    private let state = Mutex(State())

    package init() {}

    /// The reason why no mail can be sent; nil if the last attempt was answered.
    package var problem: String? { state.withLock { $0.problem } }

    /// True until the next attempt is due.
    var isHeld: Bool { state.withLock { $0.problem != nil && $0.heldUntil > .now } }

    /// Holds all mail for a pause, twice as long each time.
    /// - Returns: true if mail could be sent before.
    func hold(because reason: String) -> Bool {
        state.withLock { state in
            let isNew = state.problem == nil
            state.problem = reason
            state.heldUntil = .now + state.pause
            state.pause = min(state.pause * 2, Self.longestPause)
            return isNew
        }
    }

    /// - Returns: true if mail could not be sent before.
    func recover() -> Bool {
        state.withLock { state in
            defer { state = State() }
            return state.problem != nil
        }
    }
}
