import Synchronization

/// Keeps accounts to their quota and their rate of writing, without a statement more in the writes themselves: what each
/// account takes is read now and then, counted along here, and written down every few seconds.
///
/// With several processes on one database, each keeps a rate of its own, and knows within `trust` what the others
/// wrote.
package final class TaskAllowance: Sendable {
    private struct Account {
        /// As the database had it, plus what was written since; nil where it has to be read.
        var used: Int64?
        var readAt: ContinuousClock.Instant
        /// What the database does not know yet.
        var unsaved: Int64 = 0
        /// Until when the texts so far take up the rate; as `ThrottleLimit` counts, in time.
        var busyUntil: ContinuousClock.Instant

        init(at now: ContinuousClock.Instant) { (readAt, busyUntil) = (now, now) }

        /// - Parameter used: what the account takes before.
        mutating func reserve(_ bytes: Int64, of quota: Int64, used: Int64) -> Bool {
            self.used = used
            guard bytes <= 0 || used + bytes <= quota else { return false }
            self.used = used + bytes
            unsaved += bytes
            return true
        }
    }

    /// For how long what was read is believed.
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
            // What is larger than the burst is let in when nothing else is in its way.
            if excess > .zero && start > now { return excess }
            account.busyUntil = end
            accounts[owner] = account
            return nil
        }
        if let wait { throw AppError.writesTooFast(retryAfterSeconds: Int(max(1, wait.components.seconds + 1))) }
    }

    /// Reserves room for so many bytes; a negative number gives room back.
    /// - Parameter read: asks the database what the account takes.
    /// - Returns: false where there is not so much room left.
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

    /// Nil where it has to be read first.
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

    /// Corrects what was reserved, once it is known.
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

    /// Gives back what could not be written down.
    func correct(unsavedBy bytes: Int64, for owner: UserID) {
        let now = self.now()
        accounts.withLock { $0[owner, default: Account(at: now)].unsaved += bytes }
    }

    /// What the database does not know yet, which is the caller's to write down; `correct` takes it back.
    func takeUnsaved() -> [UserID: Int64] {
        let now = self.now()
        return accounts.withLock { accounts in
            var unsaved: [UserID: Int64] = [:]
            for (owner, account) in accounts where account.unsaved != 0 { unsaved[owner] = account.unsaved }
            for owner in unsaved.keys { accounts[owner]?.unsaved = 0 }
            // Those that have been quiet are read again when they come back.
            let isFull = accounts.count > Self.largestTable
            accounts = accounts.filter { owner, account in
                unsaved[owner] != nil || account.busyUntil > now || (now - account.readAt < Self.trust && !isFull)
            }
            return unsaved
        }
    }
}
