import Basics
import Synchronization

/// A cache of access tokens whose signature was verified recently. Clients send the same one with each request, and
/// verifying it again would dominate the cost of the request.
///
/// Only an immutable fact is cached: that the secret signed these bytes. Expiry is checked each time, and the session's
/// validity is checked elsewhere.
final class VerifiedTokens: Sendable {
    private struct Entry {
        let claims: AccessClaims
        let verifiedAt: Timestamp
    }

    /// Two generations: when the younger is full, the older is dropped.
    private struct Table {
        var younger: [String: Entry] = [:]
        var older: [String: Entry] = [:]
    }

    private let table = Mutex(Table())
    private let capacity: Int

    /// - Parameter capacity: the number of tokens kept in each of two generations, at about a KiB each.
    init(capacity: Int = 2048) { self.capacity = capacity }

    func claims(of token: String, at time: Timestamp) -> AccessClaims? {
        // Swift compares strings by Unicode equivalence, by which a Kelvin sign is a K. Tokens must not be compared
        // that way.
        guard token.isASCII else { return nil }
        let entry = table.withLock { table in table.younger[token] ?? table.older[token] }
        // If the clock was set back, cached results may not hold; then everything is verified again.
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
