import Domain
import Synchronization

/// A cache of live sessions in front of the database: answers "is it still valid" without a read for all but the first
/// request in two seconds, and drops a session as soon as it is revoked.
package final class LiveSessions: Sendable {
    private struct Table {
        var byID: [SessionID: LiveSession] = [:]
        var idByDigest: [String: SessionID] = [:]
        var digestByID: [SessionID: String] = [:]
        var idsByUser: [UserID: Set<SessionID>] = [:]
        /// Counts removals. Data read from the database before a removal must not be inserted after it.
        var removals: UInt64 = 0

        mutating func remove(_ id: SessionID) {
            if let live = byID.removeValue(forKey: id) {
                idsByUser[live.user.id]?.remove(id)
                if idsByUser[live.user.id]?.isEmpty == true { idsByUser[live.user.id] = nil }
            }
            if let digest = digestByID.removeValue(forKey: id) { idByDigest[digest] = nil }
        }
    }

    package enum Removal: Sendable {
        case session(SessionID)
        /// All sessions of a user.
        case user(UserID)
        /// All sessions, after an unknown change.
        case all
    }

    /// The state that the caller saw before it read from the database.
    package struct Ticket: Sendable { fileprivate let removals: UInt64 }

    private let table = Mutex(Table())
    private let capacity: Int
    private let onRemoval: @Sendable (Removal) -> Void

    /// - Parameters:
    ///   - capacity: the number of sessions cached, at about half a KiB each; when full, the table is cleared.
    ///   - onRemoval: called when sessions were revoked or have changed, cached or not.
    package init(capacity: Int = 50_000, onRemoval: @escaping @Sendable (Removal) -> Void = { _ in }) {
        (self.capacity, self.onRemoval) = (capacity, onRemoval)
    }

    package func session(_ id: SessionID) -> LiveSession? {
        table.withLock { $0.byID[id] }.flatMap { $0.isRecent ? $0 : nil }
    }

    package func session(tokenDigest: String) -> LiveSession? {
        table.withLock { table in table.idByDigest[tokenDigest].flatMap { table.byID[$0] } }
            .flatMap { $0.isRecent ? $0 : nil }
    }

    package func ticket() -> Ticket { table.withLock { Ticket(removals: $0.removals) } }

    /// Caches a session, unless something was removed since the ticket was issued: it might have been this one.
    package func insert(_ live: LiveSession, tokenDigest: String?, ticket: Ticket) {
        table.withLock { table in
            guard table.removals == ticket.removals else { return }
            if table.byID.count >= capacity { table = Table(removals: table.removals) }
            table.byID[live.session.id] = live
            table.idsByUser[live.user.id, default: []].insert(live.session.id)
            if let tokenDigest {
                table.idByDigest[tokenDigest] = live.session.id
                table.digestByID[live.session.id] = tokenDigest
            }
        }
    }

    /// To be called when a session was deleted or modified in the database.
    package func remove(_ id: SessionID) {
        table.withLock { table in
            table.removals &+= 1
            table.remove(id)
        }
        onRemoval(.session(id))
    }

    /// To be called when a user has changed: all of the user's sessions are read again.
    package func removeAll(of user: UserID) {
        table.withLock { table in
            table.removals &+= 1
            for id in table.idsByUser[user] ?? [] { table.remove(id) }
        }
        onRemoval(.user(user))
    }

    /// To be called after an unknown change.
    package func removeAll() {
        table.withLock { $0 = Table(removals: $0.removals &+ 1) }
        onRemoval(.all)
    }
}
