import Synchronization

/// One open connection: the other end of the socket, and the accounts that its requests and answers count against.
final class ClientConnection: Sendable {
    let peer: Peer?
    /// Nil for a trusted proxy, which speaks for many.
    let network: ClientNetwork?
    let requests: MemoryAccount
    let answers: MemoryAccount
    private let refused = Atomic<Bool>(false)

    /// Whether there is no room for it. It may be known before its channel is active.
    var isRefused: Bool { refused.load(ordering: .acquiring) }

    func refuse() { refused.store(true, ordering: .releasing) }

    init(peer: Peer?, network: ClientNetwork?, requests: MemoryAccount, answers: MemoryAccount) {
        self.peer = peer
        self.network = network
        self.requests = requests
        self.answers = answers
    }
}
