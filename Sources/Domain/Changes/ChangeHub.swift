import Synchronization

/// Wakes listeners when accounts change.
package final class ChangeHub: Sendable {
    /// Reasons to wake up; several that come before one is looked at are one.
    package struct Signal: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// The account's tasks may have changed.
        package static let change = Signal(rawValue: 1)
        /// The account, or one of its sessions, has changed.
        package static let session = Signal(rawValue: 2)
        /// Some time has passed.
        package static let tick = Signal(rawValue: 4)
    }

    /// A listener; releasing it ends listening.
    package final class Listener: Sendable {
        private struct Mailbox {
            var pending: Signal = .change
            var onSignal: (@Sendable () -> Void)?
        }

        let owner: UserID
        let session: SessionID?
        let number: Int
        private let hub: ChangeHub
        private let mailbox = Mutex(Mailbox())

        init(_ owner: UserID, _ session: SessionID?, number: Int, in hub: ChangeHub) {
            (self.owner, self.session, self.number, self.hub) = (owner, session, number, hub)
        }

        deinit { hub.remove(number, of: owner) }

        /// The reasons to wake up since the last call. The first call returns `change`.
        package func take() -> Signal {
            mailbox.withLock { mailbox in
                defer { mailbox.pending = [] }
                return mailbox.pending
            }
        }

        /// Calls `wake` once, as soon as there is a reason to. A later call replaces one that still waits.
        package func whenSignalled(_ wake: @escaping @Sendable () -> Void) {
            let isNow = mailbox.withLock { mailbox in
                if mailbox.pending.isEmpty { mailbox.onSignal = wake }
                return !mailbox.pending.isEmpty
            }
            if isNow { wake() }
        }

        func wake(_ signal: Signal) {
            let onSignal = mailbox.withLock { mailbox in
                mailbox.pending.formUnion(signal)
                defer { mailbox.onSignal = nil }
                return mailbox.onSignal
            }
            onSignal?()
        }
    }

    /// A listener that may have been released.
    private struct Place {
        let number: Int
        weak var listener: Listener?
    }

    private struct Table {
        var places: [UserID: [Place]] = [:]
        var nextNumber = 0
    }

    private let table = Mutex(Table())
    /// The most listeners that an account may have.
    package static let maximumPerAccount = 20

    package init() {}

    /// - Parameter session: that of the client, if it has one.
    /// - Returns: nil if the account has as many listeners as it may have.
    package func listen(to owner: UserID, session: SessionID?) -> Listener? {
        table.withLock { table in
            guard table.places[owner, default: []].count < Self.maximumPerAccount else { return nil }
            let listener = Listener(owner, session, number: table.nextNumber, in: self)
            table.nextNumber &+= 1
            table.places[owner, default: []].append(Place(number: listener.number, listener: listener))
            return listener
        }
    }

    private func remove(_ number: Int, of owner: UserID) {
        table.withLock { table in
            table.places[owner]?.removeAll { $0.number == number }
            if table.places[owner]?.isEmpty ?? false { table.places[owner] = nil }
        }
    }

    /// The number of listeners.
    package var count: Int { table.withLock { $0.places.values.reduce(0) { $0 + $1.count } } }

    package func wake(_ owner: UserID, _ signal: Signal) {
        for listener in table.withLock({ $0.places[owner]?.compactMap(\.listener) ?? [] }) { listener.wake(signal) }
    }

    /// Wakes those whose client has this session.
    package func wake(_ session: SessionID) { wake(.session) { $0.session == session } }

    package func wakeAll(_ signal: Signal) { wake(signal) { _ in true } }

    /// Tells a part of the listeners that time has passed, so that they do not all act at once.
    package func tick(_ part: Int, of parts: Int) { wake(.tick) { $0.number % parts == part } }

    private func wake(_ signal: Signal, where isMeant: (Listener) -> Bool) {
        let all = table.withLock { table in table.places.values.flatMap { $0.compactMap(\.listener) } }
        for listener in all where isMeant(listener) { listener.wake(signal) }
    }
}
