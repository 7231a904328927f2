import Domain
import Synchronization

/// Counts attempts for this process alone, by a monotonic clock and within a bounded table: when it is full, the keys
/// closest to expiry make room.
package final class InMemoryThrottleStore: ThrottleStore {
    private let table = Mutex<[String: Int64]>([:])
    private let capacity: Int
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - capacity: the number of keys kept, at about 100 bytes each.
    ///   - now: monotonic milliseconds.
    package init(capacity: Int = 100_000, now: @escaping @Sendable () -> Int64) {
        self.capacity = capacity
        self.now = now
    }

    package var count: Int { table.withLock { $0.count } }

    package func take(_ key: String, _ limit: ThrottleLimit) -> ThrottleOutcome {
        let time = now()
        return table.withLock { table in
            let known = table[key]
            guard let next = limit.taken(from: known ?? 0, at: time) else {
                return .refused(waitMilliseconds: limit.wait(until: known ?? 0, at: time))
            }
            if known == nil && table.count >= capacity { Self.makeRoom(in: &table, at: time, capacity: capacity) }
            table[key] = next
            return .granted(cost: limit.cost(of: next, at: time))
        }
    }

    package func giveBack(_ key: String, _ cost: Int64) {
        let time = now()
        table.withLock { table in
            guard let known = table[key] else { return }
            table[key] = known - cost > time ? known - cost : nil
        }
    }

    package func tidy() -> Int {
        let time = now()
        return table.withLock { table in
            let before = table.count
            table = table.filter { $0.value > time }
            return before - table.count
        }
    }

    /// Removes a quarter at once, so that a full table is not scanned for each new key.
    private static func makeRoom(in table: inout [String: Int64], at time: Int64, capacity: Int) {
        table = table.filter { $0.value > time }
        guard table.count > capacity * 3 / 4 else { return }
        for (key, _) in table.sorted(by: { $0.value < $1.value }).prefix(max(1, capacity / 4)) { table[key] = nil }
    }
}
