import Crypto
import Domain
import Metrics
import Synchronization
import Workers

/// bcrypt (`$2b$`) by libcrypt, on threads of its own, as hashing would block an event loop. Better Auth's scrypt
/// hashes are verified as well, and count as outdated.
///
/// One thread per core, at a lower scheduling priority, and a bounded queue that is fair between clients: a burst of
/// sign-ins waits without slowing down signed-in users. A hash that has not started when its task is cancelled never
/// does.
package final class PasswordHasher: Sendable {
    private struct Job: Sendable {
        /// Runs on one of the threads; without a worker it is rejected.
        let run: @Sendable (HashWorker?) -> Void
        let abandonment: Abandonment
        let queuedAt = ContinuousClock.now
    }

    /// Set when the caller no longer waits for the hash.
    private final class Abandonment: Sendable {
        private let flag = Atomic<Bool>(false)
        func set() { flag.store(true, ordering: .relaxed) }
        var isSet: Bool { flag.load(ordering: .relaxed) }
    }

    private let queue: BlockingFairQueue<Job>
    private let threads: Mutex<[WorkerThread]>
    private let check: PasswordCheck
    private let waits = Histogram()
    private let hashes = Histogram()
    private let rejected = Counter()

    /// - Parameters:
    ///   - cost: the binary logarithm of the rounds, 4–31.
    ///   - threads: the number of concurrent hashes.
    ///   - capacity: the maximum queue length; beyond it, `AppError.overloaded`. The default is the number that each
    ///     thread hashes in about eight seconds at cost 12, which bounds the wait.
    ///   - observer: receives each computed hash, for tests to count.
    package init(
        cost: Int, threads count: Int, capacity: Int? = nil, observer: (@Sendable (HashWork) -> Void)? = nil
    ) throws {
        queue = BlockingFairQueue(capacity: capacity ?? 32 * count)
        // Only its cost and salt are ever used, so no real hash is computed at startup.
        let salt = try SecureRandom.bytes(16)
        check = PasswordCheck(cost: cost)
        let (queue, waits, hashes) = (self.queue, self.waits, self.hashes)
        let threads = try (0..<count).map { _ in
            try WorkerThread(niceness: 10) {
                let worker = HashWorker(decoySalt: salt, observer: observer)
                while let job = queue.pop() {
                    guard !job.abandonment.isSet else {
                        job.run(nil)
                        continue
                    }
                    let begun = ContinuousClock.now
                    waits.record(begun - job.queuedAt)
                    job.run(worker)
                    hashes.record(.now - begun)
                }
            }
        }
        self.threads = Mutex(threads)
    }

    /// Stops the threads after their current hash and rejects waiting callers. Further calls have no effect.
    package func shutDown() {
        for job in queue.close() { job.run(nil) }
        let running = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in running { thread.join() }
    }

    /// The hash to store: 60 characters, `$2b$12$…`.
    package func hash(_ password: NewPassword, for share: FairShare = .local) async throws -> String {
        let setting = BcryptScratch.setting(cost: check.cost, salt: try SecureRandom.bytes(16))
        return try await run(for: share, cost: 1) { try $0.bcrypt(password.text, setting: setting) }
    }

    /// Checks a password against a hash. Without a hash, the same work is done and the result is negative.
    ///
    /// bcrypt's limit of 72 bytes is not scrypt's: a longer password that an imported scrypt hash was made from is
    /// right, too.
    package func verdict(
        on password: String, against hash: String?, for share: FairShare = .local
    ) async throws -> PasswordVerdict {
        let attempt = PasswordAttempt(password)
        return try await run(for: share, cost: attempt.spellings.count) { [check] worker in
            try check.verdict(on: attempt, against: hash, by: worker)
        }
    }

    package func verify(
        _ password: String, against hash: String?, for share: FairShare = .local
    ) async throws -> Bool {
        try await verdict(on: password, against: hash, for: share) != .wrong
    }

    /// True if a stored hash should be replaced when its password is next entered.
    package func isOutdated(_ hash: String) -> Bool { check.isOutdated(hash) }

    /// True if an imported hash is of a kind that `verify` knows: Better Auth's scrypt, or bcrypt as passlib writes it,
    /// of at most 2^16 rounds. With more, each attempt to sign in would occupy a thread for minutes.
    package static func canVerify(_ hash: String) -> Bool {
        if ScryptHash(hash) != nil { return true }
        let bytes = Array(hash.utf8)
        guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(where: hash.hasPrefix),
            let cost = BcryptScratch.cost(of: hash), (4...16).contains(cost)
        else { return false }
        return bytes[7...].allSatisfy { BcryptScratch.alphabet.contains($0) }
    }

    package var metrics: [MetricFamily] {
        [
            .gauge("latchkey_password_queue_length", "Passwords that wait to be hashed.", Double(queue.count)),
            .histogram("latchkey_password_wait_seconds", "Time that passwords wait to be hashed.", waits.values),
            .histogram(
                "latchkey_password_hash_seconds", "Time to hash a password, in all its spellings.", hashes.values),
            .counter(
                "latchkey_password_rejected_total", "Passwords for which there was no room in the queue.", rejected),
        ]
    }

    /// - Parameter cost: the number of hashes that the work amounts to.
    private func run<Value: Sendable>(
        for share: FairShare, cost: Int, _ work: @escaping @Sendable (HashWorker) throws -> Value
    ) async throws -> Value {
        let abandonment = Abandonment()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let job = Job(
                    run: { worker in
                        guard let worker else {
                            return continuation.resume(throwing: AppError.overloaded(retryAfterSeconds: 5))
                        }
                        continuation.resume(with: Result { try work(worker) })
                    }, abandonment: abandonment)
                switch queue.push(job, for: share, cost: cost) {
                case .accepted: break
                case .displaced(let other):
                    rejected.increment()
                    other.run(nil)
                case .full, nil:
                    rejected.increment()
                    job.run(nil)
                }
            }
        } onCancel: {
            // The continuation stays in the queue, and is resumed when it is dequeued.
            abandonment.set()
        }
    }
}

extension FairShare {
    /// Work on behalf of no client, such as a command's.
    package static let local = FairShare(site: "local", network: "local", isFavoured: false)

    /// A client's share; clients without an address share one.
    init(_ client: Client, isFavoured: Bool) {
        let address = client.address
        self.init(
            site: address.map { "\($0.site)" } ?? "", network: address.map { "\($0.network)" } ?? "",
            isFavoured: isFavoured)
    }
}
