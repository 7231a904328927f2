import Synchronization

/// Enforces accounts' quotas and write rates without an extra statement per write: each account's usage is read
/// occasionally, tracked in memory, and saved every few seconds.
///
/// With several processes on one database, each tracks its own rate, and learns of the others' writes within `trust`.
package final class AccountAllowance: Sendable {
    private struct Account {
        /// The usage in the database plus later writes; nil if it must be read.
        var used: Int64?
        var readAt: ContinuousClock.Instant
        /// The part of the usage not saved to the database yet.
        var unsaved: Int64 = 0
        /// The time until which past writes use up the rate; like `ThrottleLimit`, in time.
        var busyUntil: ContinuousClock.Instant

        init(at now: ContinuousClock.Instant) { (readAt, busyUntil) = (now, now) }

        /// - Parameter used: the account's usage before the reservation.
        mutating func reserve(_ bytes: Int64, of quota: Int64, used: Int64) -> Bool {
            self.used = used
            guard bytes <= 0 || used + bytes <= quota else { return false }
            self.used = used + bytes
            unsaved += bytes
            return true
        }
    }

    /// The time for which a usage read from the database is trusted.
    private static let trust = Duration.seconds(10)
    private static let largestTable = 50_000

    package let rules: AllowanceRules
    private let accounts = Mutex<[UserID: Account]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    package init(_ rules: AllowanceRules, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.rules = rules
        self.now = now
    }

    /// Counts written bytes against the account's rate.
    /// - Throws: `AppError.writesTooFast`.
    package func take(bytes: Int64, for owner: UserID) throws {
        guard let rate = rules.rate else { return }
        let now = self.now()
        let wait: Duration? = accounts.withLock { accounts in
            var account = accounts[owner] ?? Account(at: now)
            let start = max(account.busyUntil, now)
            let end = start + .nanoseconds(bytes &* 1_000_000_000 / max(rate, 1))
            let excess = (end - now) - .nanoseconds(rules.burst &* 1_000 / max(rate, 1) &* 1_000_000)
            // A text larger than the burst is admitted if nothing else is pending.
            if excess > .zero && start > now { return excess }
            account.busyUntil = end
            accounts[owner] = account
            return nil
        }
        if let wait { throw AppError.writesTooFast(retryAfterSeconds: Int(max(1, wait.components.seconds + 1))) }
    }

    /// Reserves space for this many bytes; a negative number releases space.
    /// - Parameter read: reads the account's usage from the database.
    /// - Returns: false if not enough space is left.
    func reserve(_ bytes: Int64, for owner: UserID, _ read: () async throws -> Int64) async throws -> Bool {
        guard let quota = rules.quota else { return true }
        if let isGranted = reserve(bytes, for: owner, of: quota) { return isGranted }
        let used = try await read()
        let now = self.now()
        return accounts.withLock { accounts in
            var account = accounts[owner] ?? Account(at: now)
            account.readAt = now
            defer { accounts[owner] = account }
            return account.reserve(bytes, of: quota, used: used + account.unsaved)
        }
    }

    /// Nil if the usage must be read first.
    private func reserve(_ bytes: Int64, for owner: UserID, of quota: Int64) -> Bool? {
        let now = self.now()
        return accounts.withLock { accounts in
            guard var account = accounts[owner], let used = account.used, now - account.readAt < Self.trust else {
                return nil
            }
            defer { accounts[owner] = account }
            return account.reserve(bytes, of: quota, used: used)
        }
    }

    /// Corrects a reservation, once the actual size is known.
    func correct(by bytes: Int64, for owner: UserID) {
        guard rules.quota != nil, bytes != 0 else { return }
        let now = self.now()
        accounts.withLock { accounts in
            var account = accounts[owner] ?? Account(at: now)
            account.used = account.used.map { $0 + bytes }
            account.unsaved += bytes
            accounts[owner] = account
        }
    }

    /// Restores usage that could not be saved.
    func correct(unsavedBy bytes: Int64, for owner: UserID) {
        let now = self.now()
        accounts.withLock { $0[owner, default: Account(at: now)].unsaved += bytes }
    }

    /// Takes the unsaved usage, which the caller must save; `correct` restores it.
    func takeUnsaved() -> [UserID: Int64] {
        let now = self.now()
        return accounts.withLock { accounts in
            var unsaved: [UserID: Int64] = [:]
            for (owner, account) in accounts where account.unsaved != 0 { unsaved[owner] = account.unsaved }
            for owner in unsaved.keys { accounts[owner]?.unsaved = 0 }
            // Idle accounts are dropped and read again when needed.
            let isFull = accounts.count > Self.largestTable
            accounts = accounts.filter { owner, account in
                unsaved[owner] != nil || account.busyUntil > now || (now - account.readAt < Self.trust && !isFull)
            }
            return unsaved
        }
    }
}
