import Basics
import NIOCore

/// The state that the connections of one event loop share. Used on that loop only.
final class LoopState {
    let eventLoop: any EventLoop
    let executor: EventLoopTaskExecutor
    let configuration: ServerConfiguration
    /// The value of `Date` (RFC 9110, section 5.6.7), updated once a second.
    private(set) var date = LoopState.httpDate()
    /// The counts for the metrics.
    var counts = LoopCounts()
    private var connections: [ObjectIdentifier: any Timed] = [:]
    /// The connections that have written since the last flush.
    private var unflushed: [HTTPConnection] = []
    private var unflushedSince = NIODeadline.now()
    private static let largestDelayed = 16 * 1024
    private static let longestDelay = TimeAmount.microseconds(500)
    private var isShuttingDown = false
    private var ticks: RepeatedTask?

    init(eventLoop: any EventLoop, configuration: ServerConfiguration) {
        self.eventLoop = eventLoop
        executor = EventLoopTaskExecutor(eventLoop)
        self.configuration = configuration
        // One timer for all connections of the loop: a timer for each request would cost more than the check.
        let state = NIOLoopBound(self, eventLoop: eventLoop)
        ticks = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            state.value.tick()
        }
    }

    /// Flushes a small write after the other requests of this turn of the loop. Flushing wakes a client on the same
    /// machine, such as a proxy, which costs as much as a small request; done together, the first wakes it for all. A
    /// large write would leave the processor's cache meanwhile.
    func flushSoon(_ connection: HTTPConnection, _ size: Int) {
        guard size <= Self.largestDelayed else { return connection.flush() }
        let now = NIODeadline.now()
        if unflushed.isEmpty {
            unflushedSince = now
            let state = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.execute { state.value.flushAll() }
        }
        unflushed.append(connection)
        if now - unflushedSince > Self.longestDelay { flushAll() }
    }

    private func flushAll() {
        // What is written meanwhile is flushed in another turn.
        let connections = unflushed
        unflushed.removeAll()
        for connection in connections { connection.flush() }
    }

    var connectionCount: Int { connections.count }

    var openConnections: [ConnectionKind: Int] {
        connections.values.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
    }

    func add(_ connection: any Timed) {
        connections[ObjectIdentifier(connection)] = connection
        if isShuttingDown { connection.windDown() }
        if connection.client?.isRefused ?? false { connection.turnAway() }
    }

    func remove(_ connection: any Timed) { connections[ObjectIdentifier(connection)] = nil }

    /// Closes connections after their response; idle ones soon, if no request comes.
    func shutDown() {
        isShuttingDown = true
        for connection in Array(connections.values) { connection.windDown() }
        let state = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: configuration.lastRequestTimeout) { state.value.checkDeadlines() }
    }

    func closeAll() {
        flushAll()
        ticks?.cancel()
        for connection in Array(connections.values) { connection.abort() }
    }

    func idleConnections() -> [ConnectionLimits.Idle] {
        connections.values.compactMap { connection in
            guard let client = connection.client, let since = connection.idleSince else { return nil }
            return ConnectionLimits.Idle(client: client, since: since)
        }
    }

    /// Closes the chosen connections if they are still idle, and those for which there is no room.
    func end(_ closing: Set<ObjectIdentifier>, refusing refused: Set<ObjectIdentifier>) {
        guard !closing.isEmpty || !refused.isEmpty else { return }
        for connection in Array(connections.values) {
            guard let client = connection.client.map({ ObjectIdentifier($0) }) else { continue }
            if refused.contains(client) {
                connection.turnAway()
            } else if closing.contains(client) && connection.idleSince != nil {
                connection.finish()
            }
        }
    }

    private func tick() {
        date = Self.httpDate()
        checkDeadlines()
    }

    private func checkDeadlines() {
        let now = NIODeadline.now()
        for connection in Array(connections.values) { connection.checkDeadline(now) }
    }

    private static func httpDate() -> String { Timestamp.now().internetDate + " GMT" }
}
