import Domain
import Synchronization

/// The numbers that stand before the words of accounts, as far as they are known: they never change.
final class SearchKeys: Sendable {
    private static let capacity = 20_000
    private let keys = Mutex<[UserID: Int64]>([:])

    subscript(owner: UserID) -> Int64? { keys.withLock { $0[owner] } }

    /// To be called once the key is committed.
    func insert(_ key: Int64, of owner: UserID) {
        keys.withLock { keys in
            if keys.count >= Self.capacity { keys = [:] }
            keys[owner] = key
        }
    }
}
