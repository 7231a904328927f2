import CCrypt
import Domain
import Synchronization
import Workers

/// bcrypt (`$2b$`) by libcrypt, on threads of its own: an event loop that hashes answers nobody for a quarter of a
/// second. Hashes that Better Auth made by scrypt are verified as well, and are outdated.
///
/// One thread per core, at a lower scheduling priority, and a bounded queue: a crowd that signs in waits, and those
/// who are signed in don't notice. A hash that has not begun when its task is cancelled never does.
package final class PasswordHasher: Sendable {
    private struct Job: Sendable {
        let work: @Sendable (inout BcryptScratch) -> Result<String, any Error>
        let done: CheckedContinuation<String, any Error>
        let abandonment: Abandonment
    }

    /// Whether nobody waits for the hash any more.
    private final class Abandonment: Sendable {
        private let flag = Atomic<Bool>(false)
        func set() { flag.store(true, ordering: .relaxed) }
        var isSet: Bool { flag.load(ordering: .relaxed) }
    }

    private let queue: BlockingQueue<Job>
    private let threads: [WorkerThread]
    private let cost: Int
    /// The setting that an unknown address is checked with, so that it takes as long as a known one.
    private let decoy: String

    /// - Parameters:
    ///   - cost: the binary logarithm of the rounds, 4–31.
    ///   - threads: how many hash at once.
    ///   - capacity: how many may wait; one more is `AppError.overloaded`. By default as many for each thread as it
    ///     hashes in about eight seconds at cost 12: nobody waits longer for an answer.
    package init(cost: Int, threads count: Int, capacity: Int? = nil) throws {
        self.cost = cost
        queue = BlockingQueue(capacity: capacity ?? 32 * count)
        // Only its cost and salt are ever used, so no quarter of a second is spent on a real one at every start.
        decoy = BcryptScratch.setting(cost: cost, salt: try Crypto.randomBytes(16))
        let queue = self.queue
        threads = try (0..<count).map { _ in
            try WorkerThread(niceness: 10) {
                var scratch = BcryptScratch()
                while let job = queue.pop() {
                    guard !job.abandonment.isSet else {
                        job.done.resume(throwing: AppError.overloaded(retryAfterSeconds: 1))
                        continue
                    }
                    job.done.resume(with: job.work(&scratch))
                }
            }
        }
    }

    /// Ends the threads after the hash that each is at; who still waits is turned away. To be called once.
    package func shutDown() {
        for job in queue.closeAndTakeAll() { job.done.resume(throwing: AppError.overloaded(retryAfterSeconds: 1)) }
        for thread in threads { thread.join() }
    }

    /// The hash to store: 60 characters, `$2b$12$…`.
    package func hash(_ password: NewPassword) async throws -> String {
        let cost = self.cost
        let salt = try Crypto.randomBytes(16)
        return try await run { scratch in Result { try scratch.hash(password.text, cost: cost, salt: salt) } }
    }

    /// Whether the password belongs to the hash. With no hash, the same work is done and the answer is no.
    ///
    /// bcrypt's limit of 72 bytes is not scrypt's: a longer password that an imported scrypt hash was made from is
    /// right, too. An imported hash takes the time of its own kind until it is replaced.
    package func verify(_ password: String, against hash: String?) async throws -> Bool {
        if let scrypt = hash.flatMap(ScryptHash.init) { return try await verify(password, against: scrypt) }
        let decoy = self.decoy
        let expected = hash ?? decoy
        // A password that cannot have been set is checked all the same, cut to nothing, so that it takes as long.
        let isPossible = NewPassword.isPossible(password)
        let attempt = isPossible ? password : ""
        let actual = try await run { scratch in
            // A hash of a kind that libcrypt doesn't know matches nothing, but takes its time.
            Result { try (try? scratch.crypt(attempt, setting: expected)) ?? scratch.crypt(attempt, setting: decoy) }
        }
        return Crypto.isEqual(Array(actual.utf8), Array(expected.utf8)) && isPossible && hash != nil
    }

    private func verify(_ password: String, against hash: ScryptHash) async throws -> Bool {
        let isPossible = password.utf8.count <= ScryptHash.maximumPasswordBytes
        let attempt = isPossible ? password : ""
        let actual = try await run { _ in Result { try hash.key(from: attempt) } }
        return Crypto.isEqual(Array(actual.utf8), Array(hash.key.utf8)) && isPossible
    }

    /// Whether a stored hash was made with other rounds than today's, or another way, so that it is to be replaced
    /// when its password is next seen. A password that could not be set here (an imported one of more than 72 bytes,
    /// or of fewer than 8 characters) cannot be hashed here either: it keeps its outdated hash, and goes on opening it.
    package func isOutdated(_ hash: String) -> Bool {
        guard hash.hasPrefix("$2b$"), let stored = Int(hash.dropFirst(4).prefix { $0 != "$" }) else { return true }
        return stored < cost
    }

    /// Whether a hash that was made elsewhere is of a kind that `verify` knows: Better Auth's scrypt, or bcrypt as
    /// passlib writes it, of at most 2^16 rounds. With more, each attempt to sign in would hold a thread for minutes.
    package static func canVerify(_ hash: String) -> Bool {
        if ScryptHash(hash) != nil { return true }
        let bytes = Array(hash.utf8)
        let costs = (4...16).map { BcryptScratch.twoDigits($0) + "$" }
        guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(where: hash.hasPrefix),
            costs.contains(where: hash.dropFirst(4).hasPrefix)
        else { return false }
        return bytes[7...].allSatisfy { BcryptScratch.alphabet.contains($0) }
    }

    private func run(
        _ work: @escaping @Sendable (inout BcryptScratch) -> Result<String, any Error>
    ) async throws -> String {
        let abandonment = Abandonment()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                switch queue.push(Job(work: work, done: continuation, abandonment: abandonment)) {
                case .accepted: break
                case .full: continuation.resume(throwing: AppError.overloaded(retryAfterSeconds: 5))
                case .closed: continuation.resume(throwing: AppError.overloaded(retryAfterSeconds: 1))
                }
            }
        } onCancel: {
            // The continuation stays where it is, in the queue, and is resumed by whoever takes it out.
            abandonment.set()
        }
    }
}

/// The 32 KiB that crypt_r works in; one for each thread.
struct BcryptScratch: ~Copyable {
    private let data: UnsafeMutablePointer<crypt_data>

    init() {
        data = .allocate(capacity: 1)
        data.initialize(to: crypt_data())
    }

    deinit {
        data.deinitialize(count: 1)
        data.deallocate()
    }

    enum BcryptError: Error { case refused }

    mutating func hash(_ password: String, cost: Int, salt: [UInt8]) throws -> String {
        try crypt(password, setting: Self.setting(cost: cost, salt: salt))
    }

    /// `$2b$12$` and the salt: what a hash begins with, and all that it takes to make one.
    static func setting(cost: Int, salt: [UInt8]) -> String { "$2b$\(twoDigits(cost))$\(encode(salt: salt))" }

    static func twoDigits(_ cost: Int) -> String { cost < 10 ? "0\(cost)" : "\(cost)" }

    /// - Throws: where libcrypt answers with a failure token. It does so as a string (`*0` or `*1`), which must
    ///   neither be stored nor compared.
    mutating func crypt(_ password: String, setting: String) throws -> String {
        guard let result = crypt_r(password, setting, data) else { throw BcryptError.refused }
        let text = String(cString: result)
        guard text.utf8.count >= 13, !text.hasPrefix("*") else { throw BcryptError.refused }
        return text
    }

    /// 16 bytes become 22 characters of bcrypt's own alphabet.
    private static func encode(salt: [UInt8]) -> String {
        String(decoding: Base64URL.encodeBytes(salt, alphabet: alphabet), as: UTF8.self)
    }

    static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
}
