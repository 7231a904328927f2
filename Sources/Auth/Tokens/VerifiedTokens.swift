import Basics
import Synchronization

/// Access tokens whose signature was found good lately. A client shows the same one with each request; to check it again
/// costs more than all else that is done with it.
///
/// What is remembered is only what cannot change while the process runs: that the secret signed these bytes. Whether the
/// token has run out is asked each time, and whether its session lives is not asked here at all.
final class VerifiedTokens: Sendable {
    private struct Entry {
        let claims: AccessClaims
        let verifiedAt: Timestamp
    }

    /// Two generations: when the younger is full, the older is forgotten.
    private struct Table {
        var younger: [String: Entry] = [:]
        var older: [String: Entry] = [:]
    }

    private let table = Mutex(Table())
    private let capacity: Int

    /// - Parameter capacity: how many are kept in each of two generations, at about a KiB each.
    init(capacity: Int = 2048) { self.capacity = capacity }

    func claims(of token: String, at time: Timestamp) -> AccessClaims? {
        // Swift's equality of strings is Unicode's, by which a Kelvin sign is a K. In a token it is not.
        guard token.isASCII else { return nil }
        let entry = table.withLock { table in table.younger[token] ?? table.older[token] }
        // After a clock was set back, what was past may be to come; then everything is checked anew.
        guard let entry, entry.verifiedAt <= time, entry.claims.expiresAt > time.seconds else { return nil }
        return entry.claims
    }

    func insert(_ claims: AccessClaims, of token: String, at time: Timestamp) {
        table.withLock { table in
            if table.younger.count >= capacity {
                table.older = table.younger
                table.younger = [:]
            }
            table.younger[token] = Entry(claims: claims, verifiedAt: time)
        }
    }
}
