import Synchronization

/// Wakes those who wait for changes of accounts.
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
        /// The task that waits was cancelled.
        package static let end = Signal(rawValue: 8)
    }

    /// One who waits.
    package final class Listener: Sendable {
        private struct Inbox {
            var pending: Signal = []
            var waiting: CheckedContinuation<Signal, Never>?
        }

        let owner: UserID
        let number: Int
        private let inbox = Mutex(Inbox())

        init(_ owner: UserID, number: Int) { (self.owner, self.number) = (owner, number) }

        /// Waits until there is something to look at.
        package func next() async -> Signal {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let signal: Signal? = inbox.withLock { inbox in
                        guard inbox.pending.isEmpty else {
                            defer { inbox.pending = [] }
                            return inbox.pending
                        }
                        inbox.waiting = continuation
                        return nil
                    }
                    if let signal { continuation.resume(returning: signal) }
                }
            } onCancel: {
                wake(.end)
            }
        }

        func wake(_ signal: Signal) {
            let waiting: CheckedContinuation<Signal, Never>? = inbox.withLock { inbox in
                guard let waiting = inbox.waiting else {
                    inbox.pending.formUnion(signal)
                    return nil
                }
                inbox.waiting = nil
                return waiting
            }
            waiting?.resume(returning: signal)
        }
    }

    private struct Table {
        var listeners: [UserID: [Listener]] = [:]
        var nextNumber = 0
    }

    private let table = Mutex(Table())
    /// The most listeners that an account may have.
    package static let maximumPerAccount = 20

    package init() {}

    /// False if the account has as many listeners as it may have.
    package func hasRoom(for owner: UserID) -> Bool {
        table.withLock { ($0.listeners[owner]?.count ?? 0) < Self.maximumPerAccount }
    }

    /// - Returns: nil if the account has as many as it may have.
    package func listen(to owner: UserID) -> Listener? {
        table.withLock { table in
            guard table.listeners[owner, default: []].count < Self.maximumPerAccount else { return nil }
            let listener = Listener(owner, number: table.nextNumber)
            table.nextNumber &+= 1
            table.listeners[owner, default: []].append(listener)
            return listener
        }
    }

    package func remove(_ listener: Listener) {
        table.withLock { table in
            table.listeners[listener.owner]?.removeAll { $0 === listener }
            if table.listeners[listener.owner]?.isEmpty ?? false { table.listeners[listener.owner] = nil }
        }
    }

    /// The number of listeners.
    package var count: Int { table.withLock { $0.listeners.values.reduce(0) { $0 + $1.count } } }

    package func wake(_ owner: UserID, _ signal: Signal) {
        for listener in table.withLock({ $0.listeners[owner] ?? [] }) { listener.wake(signal) }
    }

    package func wakeAll(_ signal: Signal) {
        for listener in table.withLock({ $0.listeners.values.flatMap(\.self) }) { listener.wake(signal) }
    }

    /// Tells a part of the listeners that time has passed, so that they do not all act at once.
    package func tick(_ part: Int, of parts: Int) {
        let due = table.withLock { table in
            table.listeners.values.flatMap { $0.filter { $0.number % parts == part } }
        }
        for listener in due { listener.wake(.tick) }
    }
}
