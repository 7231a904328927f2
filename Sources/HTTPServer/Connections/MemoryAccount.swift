import Synchronization

/// The number of bytes currently in memory, limited by a maximum and by the maximum of each parent account.
final class MemoryAccount: Sendable {
    private let used = Atomic<Int>(0)
    private let maximum: Int
    private let parent: MemoryAccount?

    init(maximum: Int, within parent: MemoryAccount? = nil) {
        self.maximum = maximum
        self.parent = parent
    }

    /// True if no new work may begin, because this account or one above it is full.
    var isFull: Bool { used.load(ordering: .relaxed) >= maximum || (parent?.isFull ?? false) }

    private func add(_ count: Int) -> Bool {
        let fits = used.wrappingAdd(count, ordering: .relaxed).newValue <= maximum
        guard let parent else { return fits }
        return parent.add(count) && fits
    }

    private func subtract(_ count: Int) {
        used.wrappingSubtract(count, ordering: .relaxed)
        parent?.subtract(count)
    }

    /// The bytes of one request or response; released with the last reference.
    final class Share {
        private let account: MemoryAccount
        private(set) var size = 0

        init(of account: MemoryAccount) { self.account = account }

        deinit { if size > 0 { account.subtract(size) } }

        /// Counts the bytes unconditionally.
        /// - Returns: whether they are within every maximum.
        @discardableResult
        func take(_ count: Int) -> Bool {
            size += count
            return account.add(count)
        }
    }
}
