import Domain
import Synchronization

/// A cache of API tokens in front of the database, by their texts: to check and digest one again would cost more than the
/// rest of its authentication. As with `LiveSessions`, most requests need no read, and a token is dropped as soon as it
/// or its user changes.
package final class LiveAPITokens: Sendable {
    private struct Entry {
        let identity: Identity
        let readAt: ContinuousClock.Instant
    }

    private struct Table {
        var byText: [String: Entry] = [:]
        var textsByUser: [UserID: Set<String>] = [:]
        /// Counts removals. Data read from the database before a removal must not be inserted after it.
        var removals: UInt64 = 0
    }

    /// The state that the caller saw before it read from the database.
    struct Ticket: Sendable { fileprivate let removals: UInt64 }

    private let table = Mutex(Table())
    private let capacity: Int

    /// - Parameter capacity: the number of tokens cached, at about half a KiB each; when full, the table is cleared.
    package init(capacity: Int = 10_000) { self.capacity = capacity }

    /// The bearer of this token, if it was read recently.
    func identity(_ text: String) -> Identity? {
        // Swift compares strings by Unicode equivalence, by which a Kelvin sign is a K. Tokens must not be compared
        // that way.
        guard text.isASCII, let entry = table.withLock({ $0.byText[text] }),
            ContinuousClock.now - entry.readAt < LiveSession.validity
        else { return nil }
        return entry.identity
    }

    func ticket() -> Ticket { table.withLock { Ticket(removals: $0.removals) } }

    /// Caches a token's bearer, unless something was removed since the ticket was issued: it might have been this one.
    func insert(_ identity: Identity, _ text: APITokenText, ticket: Ticket) {
        table.withLock { table in
            guard table.removals == ticket.removals else { return }
            if table.byText.count >= capacity { table = Table(removals: table.removals) }
            table.byText[text.text] = Entry(identity: identity, readAt: .now)
            table.textsByUser[identity.user.id, default: []].insert(text.text)
        }
    }

    /// To be called when a user or one of the user's tokens has changed.
    package func removeAll(of user: UserID) {
        table.withLock { table in
            table.removals &+= 1
            for text in table.textsByUser.removeValue(forKey: user) ?? [] { table.byText[text] = nil }
        }
    }

    /// To be called after an unknown change.
    package func removeAll() { table.withLock { $0 = Table(removals: $0.removals &+ 1) } }
}
