import Basics
import Synchronization

/// A cache of tokens whose signature was verified recently, and of what they say. Clients send the same one with each
/// request, and verifying it again would dominate the cost of the request.
///
/// Only an immutable fact is cached: that the secret signed these bytes. Whether a token has expired, and its session
/// ended, has to be checked each time.
final class VerifiedTokens<Content: Sendable>: Sendable {
    /// Two generations: when the younger is full, the older is dropped.
    private struct Table {
        var younger: [String: Content] = [:]
        var older: [String: Content] = [:]
    }

    private let table = Mutex(Table())
    private let capacity: Int

    /// - Parameter capacity: the number of tokens kept in each of two generations, at up to about a KiB each.
    init(capacity: Int = 2048) { self.capacity = capacity }

    func content(of token: String) -> Content? {
        // Swift compares strings by Unicode equivalence, by which a Kelvin sign is a K. Tokens must not be compared
        // that way.
        guard token.isASCII else { return nil }
        return table.withLock { table in table.younger[token] ?? table.older[token] }
    }

    func insert(_ content: Content, of token: String) {
        table.withLock { table in
            if table.younger.count >= capacity {
                table.older = table.younger
                table.younger = [:]
            }
            table.younger[token] = content
        }
    }
}
