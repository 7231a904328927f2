import NIOCore

/// What a loop's clock watches: a connection, or one stream of many on a connection.
protocol Timed: AnyObject {
    /// Ends what has taken too long.
    func checkDeadline(_ now: NIODeadline)
    /// No request after those at hand.
    func finish()
    func abort()
    /// The connection; nil for one stream of many.
    var client: ClientConnection? { get }
    /// Since when no request is under way; nil while one is, or its answer.
    var idleSince: NIODeadline? { get }
    /// Ends a connection for which there is no room.
    func turnAway()
}

extension Timed {
    var client: ClientConnection? { nil }
    var idleSince: NIODeadline? { nil }
    func turnAway() { abort() }
}
