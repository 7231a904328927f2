import Basics
import Synchronization

/// Remembers whether mail can be sent, for the sender and for readiness.
package final class MailHealth: Sendable {
    /// The reason why no mail can be sent, and the time of the first attempt that failed.
    package struct Problem: Sendable {
        package let reason: String
        package let since: Timestamp
    }

    private struct State {
        var problem: Problem?
        var pause = firstPause
        /// The time of the last attempt that failed.
        var heldAt = Timestamp(milliseconds: 0)
        var heldUntil = ContinuousClock.now
    }

    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(600)
    private let state = Mutex(State())

    package init() {}

    /// Nil if the last attempt was answered.
    package var problem: Problem? { state.withLock { $0.problem } }

    /// The time since which all mail is held; nil if the next attempt is due.
    package var heldSince: Timestamp? {
        state.withLock { $0.problem != nil && $0.heldUntil > .now ? $0.heldAt : nil }
    }

    /// Holds all mail for a pause, twice as long each time.
    /// - Returns: true if mail could be sent before.
    package func hold(because reason: String, at time: Timestamp) -> Bool {
        state.withLock { state in
            let isNew = state.problem == nil
            state.problem = Problem(reason: reason, since: state.problem?.since ?? time)
            state.heldAt = time
            state.heldUntil = .now + state.pause
            state.pause = min(state.pause * 2, Self.longestPause)
            return isNew
        }
    }

    /// - Returns: true if mail could not be sent before.
    package func recover() -> Bool {
        state.withLock { state in
            defer { state = State() }
            return state.problem != nil
        }
    }
}
