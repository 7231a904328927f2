import Crypto
import Synchronization

/// Compares a password with a stored hash, with the same amount of work for any hash and for none, so that response
/// time reveals neither whether an account exists nor where it came from.
///
/// That amount is a hash of today's cost for each spelling. Costlier hashes raise it when one is first met, within a
/// bound: one account with an extreme hash must not make every other attempt as expensive.
final class PasswordCheck: Sendable {
    let cost: Int
    private let target: Atomic<Int>
    private let maximumTarget: Int

    init(cost: Int) {
        self.cost = cost
        target = Atomic(1 << cost)
        maximumTarget = max(2 << cost, 1 << 12)
    }

    func verdict(
        on attempt: PasswordAttempt, against hash: String?, by worker: HashWorker
    ) throws -> PasswordVerdict {
        let start = worker.rounds
        if let hash, let spelling = try match(attempt, hash, by: worker) {
            return .right(isOutdated: isOutdated(hash) || spelling > 0)
        }
        let wanted = target.load(ordering: .relaxed) * attempt.spellings.count
        try worker.idle(rounds: wanted - (worker.rounds - start))
        return .wrong
    }

    /// The index of the spelling that the hash was made from.
    private func match(_ attempt: PasswordAttempt, _ hash: String, by worker: HashWorker) throws -> Int? {
        if let hash = ScryptHash(hash) {
            let isPossible = attempt.typed.utf8.count <= ScryptHash.maximumPasswordBytes
            let before = worker.rounds
            let key = try worker.scrypt(isPossible ? attempt.typed : "", hash)
            raiseTarget(to: worker.rounds - before)
            return ConstantTime.isEqual(Array(key.utf8), Array(hash.key.utf8)) && isPossible ? 0 : nil
        }
        for (index, spelling) in attempt.spellings.enumerated() {
            // A password that cannot have been set is still hashed, as an empty one.
            let isPossible = NewPassword.isPossible(spelling)
            // A hash format that libcrypt doesn't know matches nothing.
            guard let actual = try? worker.bcrypt(isPossible ? spelling : "", setting: hash) else { return nil }
            if ConstantTime.isEqual(Array(actual.utf8), Array(hash.utf8)) && isPossible { return index }
        }
        if let cost = BcryptScratch.cost(of: hash) { raiseTarget(to: 1 << cost) }
        return nil
    }

    /// Rounds to a power of two, so that measurement noise does not accumulate.
    private func raiseTarget(to rounds: Int) {
        var power = 1 << cost
        while power < min(rounds, maximumTarget) { power <<= 1 }
        target.max(min(power, maximumTarget), ordering: .relaxed)
    }

    /// True if a stored hash has fewer rounds than today's, or another algorithm. A password that could not be set here
    /// (an imported one of more than 72 bytes, or of fewer than 8 characters) cannot be rehashed either: it keeps its
    /// outdated hash, which remains valid.
    func isOutdated(_ hash: String) -> Bool {
        guard hash.hasPrefix("$2b$"), let stored = BcryptScratch.cost(of: hash) else { return true }
        return stored < cost
    }
}
