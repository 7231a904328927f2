import Basics
import Synchronization

/// The clients of one network, with a share of what the server has. An IPv4 address has one, the first 64 bits of an
/// IPv6 address another, and their first 48 bits one of twice the size, as a customer may have been assigned all of
/// those.
final class ClientNetwork: Sendable {
    let network: IPNetwork
    let parent: ClientNetwork?
    /// Bytes of requests that are coming in or being answered.
    let requests: MemoryAccount
    /// Bytes of answers that were not sent yet.
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

    /// This network, or the one above, where it has more connections than its share.
    var overcrowded: ClientNetwork? {
        connections.load(ordering: .relaxed) > maximumConnections ? self : parent?.overcrowded
    }

    /// Whether one more connection may wait for a place, of which there are some beyond the share.
    func hasRoom(beyondShare count: Int) -> Bool {
        connections.load(ordering: .relaxed) < maximumConnections + count
            && (parent?.hasRoom(beyondShare: count) ?? true)
    }

    var isEmpty: Bool { connections.load(ordering: .relaxed) == 0 }

    func isWithin(_ other: ClientNetwork) -> Bool { self === other || (parent?.isWithin(other) ?? false) }

    func enter() { connections.wrappingAdd(1, ordering: .relaxed) }

    func leave() { connections.wrappingSubtract(1, ordering: .relaxed) }
}
