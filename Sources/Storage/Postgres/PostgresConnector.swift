import Glibc
import Synchronization

/// Makes connections, and holds back while the server cannot be reached: attempts come at growing distances, and
/// whoever asks between two of them learns at once that there is none.
final class PostgresConnector: Sendable {
    private struct State {
        var notBefore = ContinuousClock.Instant.now
        var pause = Duration.zero
        var problem: StorageError?
        var lastSuccess: ContinuousClock.Instant?
        var preparesStatements: Bool
        /// Connections that were not heard since then may be as dead as the one that was found so.
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

    /// - Parameter ignoringFailures: tries in any case.
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
                // The server is back since this attempt was begun, as another one has shown.
                if let success = state.lastSuccess, success > begun { return }
                state.problem = error
                // Several that fail at the same time are one failure.
                guard state.notBefore <= .now else { return }
                state.pause = min(max(state.pause * 2, Self.shortestPause), Self.longestPause)
                state.notBefore = .now + state.pause
            }
            throw error
        }
    }

    /// To be called when a connection that was used at that time was found dead: what ended it, a restart or a firewall
    /// that forgets, has most likely ended those that were idle as well.
    func suspect(before time: ContinuousClock.Instant) {
        state.withLock { $0.suspectedBefore = max($0.suspectedBefore ?? time, time) }
    }

    func suspects(_ connection: PostgresConnection) -> Bool {
        state.withLock { state in state.suspectedBefore.map { connection.lastHeard < $0 } ?? false }
    }

    /// Statements go with their text from now on, in new connections.
    func stopPreparing() { state.withLock { $0.preparesStatements = false } }

    static func sleep(_ duration: Duration) {
        usleep(
            UInt32(
                clamping: duration.components.seconds * 1_000_000
                    + duration.components.attoseconds / 1_000_000_000_000))
    }
}
