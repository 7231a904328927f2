import Crypto
import Domain
import Synchronization
import Workers

/// bcrypt (`$2b$`) by libcrypt, on threads of its own: an event loop that hashes answers nobody for a quarter of a
/// second. Hashes that Better Auth made by scrypt are verified as well, and are outdated.
///
/// One thread per core, at a lower scheduling priority, and a bounded queue in which clients take turns: a crowd that
/// signs in waits, and those who are signed in don't notice. A hash that has not begun when its task is cancelled never
/// does.
package final class PasswordHasher: Sendable {
    private struct Job: Sendable {
        /// Runs on one of the threads; without a worker it is turned away.
        let run: @Sendable (HashWorker?) -> Void
        let abandonment: Abandonment
    }

    /// Whether nobody waits for the hash any more.
    private final class Abandonment: Sendable {
        private let flag = Atomic<Bool>(false)
        func set() { flag.store(true, ordering: .relaxed) }
        var isSet: Bool { flag.load(ordering: .relaxed) }
    }

    private let queue: BlockingFairQueue<Job>
    private let threads: [WorkerThread]
    private let check: PasswordCheck

    /// - Parameters:
    ///   - cost: the binary logarithm of the rounds, 4–31.
    ///   - threads: how many hash at once.
    ///   - capacity: how many may wait; one more is `AppError.overloaded`. By default as many for each thread as it
    ///     hashes in about eight seconds at cost 12: nobody waits longer for an answer.
    ///   - observer: gets each hash that was computed, as tests count them.
    package init(
        cost: Int, threads count: Int, capacity: Int? = nil, observer: (@Sendable (HashWork) -> Void)? = nil
    ) throws {
        queue = BlockingFairQueue(capacity: capacity ?? 32 * count)
        // Only its cost and salt are ever used, so no quarter of a second is spent on a real one at every start.
        let salt = try SecureRandom.bytes(16)
        check = PasswordCheck(cost: cost)
        let queue = self.queue
        threads = try (0..<count).map { _ in
            try WorkerThread(niceness: 10) {
                let worker = HashWorker(decoySalt: salt, observer: observer)
                while let job = queue.pop() { job.run(job.abandonment.isSet ? nil : worker) }
            }
        }
    }

    /// Ends the threads after the hash that each is at; who still waits is turned away. To be called once.
    package func shutDown() {
        for job in queue.close() { job.run(nil) }
        for thread in threads { thread.join() }
    }

    /// The hash to store: 60 characters, `$2b$12$…`.
    package func hash(_ password: NewPassword, for share: FairShare = .local) async throws -> String {
        let setting = BcryptScratch.setting(cost: check.cost, salt: try SecureRandom.bytes(16))
        return try await run(for: share, cost: 1) { try $0.bcrypt(password.text, setting: setting) }
    }

    /// Whether the password belongs to the hash. With no hash, the same work is done and the answer is no.
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

    /// Whether a stored hash is to be replaced when its password is next seen.
    package func isOutdated(_ hash: String) -> Bool { check.isOutdated(hash) }

    /// Whether a hash that was made elsewhere is of a kind that `verify` knows: Better Auth's scrypt, or bcrypt as
    /// passlib writes it, of at most 2^16 rounds. With more, each attempt to sign in would hold a thread for minutes.
    package static func canVerify(_ hash: String) -> Bool {
        if ScryptHash(hash) != nil { return true }
        let bytes = Array(hash.utf8)
        guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(where: hash.hasPrefix),
            let cost = BcryptScratch.cost(of: hash), (4...16).contains(cost)
        else { return false }
        return bytes[7...].allSatisfy { BcryptScratch.alphabet.contains($0) }
    }

    /// - Parameter cost: how many hashes the work is.
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
                case .displaced(let other): other.run(nil)
                case .full, nil: job.run(nil)
                }
            }
        } onCancel: {
            // The continuation stays where it is, in the queue, and is resumed when it is taken out.
            abandonment.set()
        }
    }
}

extension FairShare {
    /// Work for no client, such as a command's.
    package static let local = FairShare(site: "local", network: "local", isFavoured: false)

    /// A client's share; clients without an address share one.
    init(_ client: Client, isFavoured: Bool) {
        let address = client.address
        self.init(
            site: address.map { "\($0.site)" } ?? "", network: address.map { "\($0.network)" } ?? "",
            isFavoured: isFavoured)
    }
}
