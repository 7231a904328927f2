import Synchronization

/// One open connection: the peer's address, and the accounts that its requests and responses are charged to.
final class ClientConnection: Sendable {
    let peer: Peer?
    /// Nil for a trusted proxy, which acts for many clients.
    let network: ClientNetwork?
    let requests: MemoryAccount
    let answers: MemoryAccount
    private let refused = Atomic<Bool>(false)

    /// True if there is no room for the connection. This may be known before its channel is active.
    var isRefused: Bool { refused.load(ordering: .acquiring) }

    func refuse() { refused.store(true, ordering: .releasing) }

    init(peer: Peer?, network: ClientNetwork?, requests: MemoryAccount, answers: MemoryAccount) {
        self.peer = peer
        self.network = network
        self.requests = requests
        self.answers = answers
    }
}
