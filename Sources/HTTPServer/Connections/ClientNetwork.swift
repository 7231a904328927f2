import Basics
import Synchronization

/// The clients of one network, with their share of the server's resources. An IPv4 address has one share, a /64 of IPv6
/// has one, and a /48 has one of twice the size, because a single customer may have been assigned the whole /48.
final class ClientNetwork: Sendable {
    let network: IPNetwork
    let parent: ClientNetwork?
    /// Bytes of requests that are being received or answered.
    let requests: MemoryAccount
    /// Bytes of responses that have not been sent yet.
    let answers: MemoryAccount
    private let maximumConnections: Int
    private let connections = Atomic<Int>(0)

    init(
        _ network: IPNetwork, maximumConnections: Int, requests: MemoryAccount, answers: MemoryAccount,
        parent: ClientNetwork? = nil
    ) {
        self.network = network
        self.maximumConnections = maximumConnections
        self.requests = requests
        self.answers = answers
        self.parent = parent
    }

    /// This network or its parent, if it has more connections than its share.
    var overcrowded: ClientNetwork? {
        connections.load(ordering: .relaxed) > maximumConnections ? self : parent?.overcrowded
    }

    /// Tells whether one more connection may wait for a place; `count` may wait beyond the share.
    func hasRoom(beyondShare count: Int) -> Bool {
        connections.load(ordering: .relaxed) < maximumConnections + count
            && (parent?.hasRoom(beyondShare: count) ?? true)
    }

    var isEmpty: Bool { connections.load(ordering: .relaxed) == 0 }

    func isWithin(_ other: ClientNetwork) -> Bool { self === other || (parent?.isWithin(other) ?? false) }

    func enter() { connections.wrappingAdd(1, ordering: .relaxed) }

    func leave() { connections.wrappingSubtract(1, ordering: .relaxed) }
}
