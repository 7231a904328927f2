import Basics
import NIOCore
import Synchronization

/// Decides which connections stay open. At a limit, the connection that has been idle longest makes room for the
/// newcomer: one of the newcomer's own network if that exceeds its share, otherwise any. If none is idle, the newcomer
/// is refused.
///
/// Finding that connection requires a look at every event loop, so it is done only at the limit, and once for all
/// newcomers waiting; until then they stay open beyond the limit.
final class ConnectionLimits: Sendable {
    private struct State {
        var total = 0
        var networks: [IPNetwork: ClientNetwork] = [:]
        var waiting: [Newcomer] = []
        var isMakingRoom = false
    }

    private struct Newcomer: Sendable {
        let client: ClientConnection
        /// The network that has too many connections; nil if the total is too high.
        let crowded: ClientNetwork?
    }

    /// A connection without a request in progress, and since when.
    struct Idle: Sendable {
        let client: ClientConnection
        let since: NIODeadline
    }

    private let state = Mutex(State())
    private let configuration: ServerConfiguration
    private let requests: MemoryAccount
    private let answers: MemoryAccount

    init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
        requests = MemoryAccount(maximum: configuration.maximumRequestMemory)
        answers = MemoryAccount(maximum: configuration.maximumAnswerMemory)
    }

    /// - Returns: nil if there is not even a place to wait.
    func admit(_ address: SocketAddress?, _ loops: [NIOLoopBound<LoopState>]) -> ClientConnection? {
        let peer = Peer(address)
        let (client, makesRoom) = state.withLock { state -> (ClientConnection?, Bool) in
            let maximum = configuration.maximumConnections
            let places = min(max(maximum / 16, 8), 256)
            let network = peer.flatMap { self.network(of: $0, &state) }
            // A proxy acts for many clients, so it has places that no other client can fill.
            let mayWait = state.total < maximum + (network == nil ? 2 * places : places)
            guard mayWait, network?.hasRoom(beyondShare: places) ?? true else {
                Self.forget(network, &state)
                return (nil, false)
            }
            state.total += 1
            network?.enter()
            network?.parent?.enter()
            let client = ClientConnection(
                peer: peer, network: network, requests: network?.requests ?? requests,
                answers: network?.answers ?? answers)
            let crowded = network?.overcrowded
            guard crowded != nil || state.total > maximum else { return (client, false) }
            state.waiting.append(Newcomer(client: client, crowded: crowded))
            defer { state.isMakingRoom = true }
            return (client, !state.isMakingRoom)
        }
        if makesRoom, let first = loops.first?.eventLoop {
            // Delayed until the newcomer's channel is active; other newcomers may have arrived by then.
            first.scheduleTask(in: .milliseconds(5)) { self.makeRoom(loops) }
        }
        return client
    }

    func leave(_ client: ClientConnection) {
        state.withLock { state in
            state.total -= 1
            client.network?.leave()
            client.network?.parent?.leave()
            Self.forget(client.network, &state)
        }
    }

    /// Drops a network, and the one above it, once they have no connections.
    private static func forget(_ network: ClientNetwork?, _ state: inout State) {
        for network in [network, network?.parent] {
            if let network, network.isEmpty { state.networks[network.network] = nil }
        }
    }

    private func network(of peer: Peer, _ state: inout State) -> ClientNetwork? {
        guard !configuration.trustedProxies.isTrusted(peer.address) else { return nil }
        let key = peer.address.network
        if let known = state.networks[key] { return known }
        var parent: ClientNetwork?
        let site = peer.address.site
        if site != key {
            parent = state.networks[site] ?? makeNetwork(site, shares: 2, within: nil)
            state.networks[site] = parent
        }
        let network = makeNetwork(key, shares: 1, within: parent)
        state.networks[key] = network
        return network
    }

    private func makeNetwork(_ network: IPNetwork, shares: Int, within parent: ClientNetwork?) -> ClientNetwork {
        ClientNetwork(
            network, maximumConnections: shares * configuration.connectionsPerNetwork,
            requests: MemoryAccount(
                maximum: shares * configuration.maximumRequestMemory / 4, within: parent?.requests ?? requests),
            answers: MemoryAccount(
                maximum: shares * configuration.maximumAnswerMemory / 4, within: parent?.answers ?? answers),
            parent: parent)
    }

    private func makeRoom(_ loops: [NIOLoopBound<LoopState>]) {
        guard let first = loops.first?.eventLoop else { return }
        let found = loops.map { loop in loop.eventLoop.submit { loop.value.idleConnections() } }
        EventLoopFuture.whenAllSucceed(found, on: first).whenComplete { result in
            let idle = (try? result.get())?.flatMap { $0 } ?? []
            let newcomers = self.state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            let (closing, refused) = Self.choose(among: idle, for: newcomers)
            for loop in loops {
                loop.eventLoop.execute { loop.value.end(closing, refusing: refused) }
            }
            let isDone = self.state.withLock { state in
                state.isMakingRoom = !state.waiting.isEmpty
                return state.waiting.isEmpty
            }
            if !isDone { self.makeRoom(loops) }
        }
    }

    /// One connection for each newcomer, or the newcomer itself; the chosen connection may itself be an earlier
    /// newcomer. A proxy's own connections go last: a request that is sent while the connection closes would fail for
    /// one of its clients.
    private static func choose(among idle: [Idle], for newcomers: [Newcomer]) -> (
        closing: Set<ObjectIdentifier>, refused: Set<ObjectIdentifier>
    ) {
        let all = idle.sorted {
            ($0.client.network == nil ? 1 : 0, $0.since) < ($1.client.network == nil ? 1 : 0, $1.since)
        }
        var queues: [ObjectIdentifier?: ArraySlice<Idle>] = [:]
        var (closing, refused): (Set<ObjectIdentifier>, Set<ObjectIdentifier>) = ([], [])
        for newcomer in newcomers where !closing.contains(ObjectIdentifier(newcomer.client)) {
            let key = newcomer.crowded.map { ObjectIdentifier($0) }
            var queue =
                queues[key]
                ?? all.filter { candidate in
                    newcomer.crowded.map { candidate.client.network?.isWithin($0) ?? false } ?? true
                }[...]
            queue = queue.drop {
                closing.contains(ObjectIdentifier($0.client)) || refused.contains(ObjectIdentifier($0.client))
            }
            if let oldest = queue.popFirst(), oldest.client !== newcomer.client {
                closing.insert(ObjectIdentifier(oldest.client))
            } else {
                refused.insert(ObjectIdentifier(newcomer.client))
                newcomer.client.refuse()
            }
            queues[key] = queue
        }
        return (closing, refused)
    }
}
