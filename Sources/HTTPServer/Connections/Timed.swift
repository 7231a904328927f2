import NIOCore

/// An object that a loop's clock watches: a connection, or one stream of a multiplexed connection.
protocol Timed: AnyObject {
    /// Ends the object if its deadline has passed.
    func checkDeadline(_ now: NIODeadline)
    /// Accepts no request after the current ones.
    func finish()
    /// Accepts no request after the current ones, and those that may be on their way.
    func windDown()
    func abort()
    var kind: ConnectionKind { get }
    /// The connection; nil for one stream of a multiplexed connection.
    var client: ClientConnection? { get }
    /// The time since which no request has been in progress; nil during a request or its response.
    var idleSince: NIODeadline? { get }
    /// Refuses a connection for which there is no room.
    func turnAway()
}

extension Timed {
    var client: ClientConnection? { nil }
    var idleSince: NIODeadline? { nil }
    func windDown() { finish() }
    func turnAway() { abort() }
}
