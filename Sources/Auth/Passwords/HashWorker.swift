import Crypto
import Glibc

/// Computes hashes on one thread, and counts their cost.
///
/// scrypt's cost depends on the machine's memory, so its processor time is measured and converted into the rounds of
/// bcrypt that take as long here.
final class HashWorker {
    /// The work done so far, in rounds of bcrypt.
    private(set) var rounds = 0

    private var scratch = BcryptScratch()
    private let decoySalt: [UInt8]
    private let observer: (@Sendable (HashWork) -> Void)?
    /// The time of recent rounds of bcrypt, weighted by their number: short hashes are measured less exactly.
    private var (measuredTime, measuredRounds) = (0.0, 0.0)
    /// The number of rounds in the moving average; beyond twice that, half of them are dropped.
    private static let memory = Double(1 << 14)
    /// Rounds that are computed to measure how long one takes.
    private static let calibration = 256

    init(decoySalt: [UInt8], observer: (@Sendable (HashWork) -> Void)? = nil) {
        self.decoySalt = decoySalt
        self.observer = observer
    }

    func bcrypt(_ password: String, setting: String) throws -> String {
        let start = Self.processorTime()
        let hash = try scratch.crypt(password, setting: setting)
        if let cost = BcryptScratch.cost(of: setting) {
            let rounds = 1 << cost
            if measuredRounds > Self.memory { (measuredTime, measuredRounds) = (measuredTime / 2, measuredRounds / 2) }
            measuredTime += Double(Self.processorTime() - start)
            measuredRounds += Double(rounds)
            count(.bcrypt, rounds)
        }
        return hash
    }

    func scrypt(_ password: String, _ hash: ScryptHash) throws -> String {
        if measuredRounds == 0 { try idle(rounds: Self.calibration) }
        let start = Self.processorTime()
        let key = try hash.key(from: password)
        let time = Double(Self.processorTime() - start)
        count(.scrypt, Int(exactly: (time * measuredRounds / max(1, measuredTime)).rounded()) ?? 0)
        return key
    }

    /// Computes discarded hashes for this much work; less than 16 rounds are left out.
    func idle(rounds: Int) throws {
        var rest = rounds
        for cost in stride(from: 31, through: 4, by: -1) where rest >= 1 << cost {
            _ = try bcrypt("", setting: BcryptScratch.setting(cost: cost, salt: decoySalt))
            rest -= 1 << cost
        }
    }

    private func count(_ kind: HashWork.Kind, _ rounds: Int) {
        self.rounds += rounds
        observer?(HashWork(kind: kind, rounds: rounds))
    }

    private static func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
