import Glibc
import Synchronization

/// Opens connections, with backoff while the server cannot be reached: callers between two attempts fail at once.
final class PostgresConnector: Sendable {
    private struct State {
        var notBefore = ContinuousClock.Instant.now
        var pause = Duration.zero
        var problem: StorageError?
        var lastSuccess: ContinuousClock.Instant?
        var preparesStatements: Bool
        /// Connections last heard before this time may be as dead as the one that was found dead.
        var suspectedBefore: ContinuousClock.Instant?
    }

    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(2)

    let server: PostgresServer
    private let state: Mutex<State>

    init(_ server: PostgresServer) {
        self.server = server
        state = Mutex(State(preparesStatements: server.preparesStatements))
    }

    /// - Parameter ignoringFailures: attempts to connect in any case.
    /// - Throws: `StorageError.unavailable`.
    func connect(
        until deadline: ContinuousClock.Instant, ignoringFailures: Bool = false
    ) throws -> PostgresConnection {
        let (preparesStatements, problem) = state.withLock { state in
            (state.preparesStatements, state.notBefore > .now && !ignoringFailures ? state.problem : nil)
        }
        if let problem { throw problem }
        let begun = ContinuousClock.now
        do {
            let connection = try PostgresConnection(
                to: server, preparesStatements: preparesStatements, deadline: deadline)
            state.withLock { state in
                state.pause = .zero
                state.problem = nil
                state.lastSuccess = .now
            }
            return connection
        } catch let error as StorageError {
            state.withLock { state in
                // Another connection has shown that the server is back since this attempt began.
                if let success = state.lastSuccess, success > begun { return }
                state.problem = error
                // Concurrent failures count as one.
                guard state.notBefore <= .now else { return }
                state.pause = min(max(state.pause * 2, Self.shortestPause), Self.longestPause)
                state.notBefore = .now + state.pause
            }
            throw error
        }
    }

    /// To be called when a connection last used at that time was found dead: the cause, such as a restart or a
    /// firewall's timeout, has probably affected other idle connections as well.
    func suspect(before time: ContinuousClock.Instant) {
        state.withLock { $0.suspectedBefore = max($0.suspectedBefore ?? time, time) }
    }

    func suspects(_ connection: PostgresConnection) -> Bool {
        state.withLock { state in state.suspectedBefore.map { connection.lastHeard < $0 } ?? false }
    }

    /// New connections send statements unprepared from now on.
    func stopPreparing() { state.withLock { $0.preparesStatements = false } }

    static func sleep(_ duration: Duration) {
        usleep(
            UInt32(
                clamping: duration.components.seconds * 1_000_000
                    + duration.components.attoseconds / 1_000_000_000_000))
    }
}
