import Logging
import NIOCore

/// Pauses accepting while the system refuses it, for example because it is out of file descriptors. The connections
/// stay in the backlog meanwhile; retrying at once would occupy a whole core and starve the loop.
///
/// (NIO's own `AcceptBackoffHandler` delays the next read, but the channel stays registered for reading after an error,
/// so the loop keeps waking up for nothing.)
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// The longest pause: what else uses descriptors may have freed one without a connection's end.
    private static let length = TimeAmount.milliseconds(20)
    private let listeners: PausedListeners
    private let logger: Logger
    private let meter: ServerMeter?
    private var lastSaid: NIODeadline?

    init(_ listeners: PausedListeners, logger: Logger, meter: ServerMeter?) {
        self.listeners = listeners
        self.logger = logger
        self.meter = meter
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        if lastSaid.map({ .now() - $0 > .seconds(10) }) ?? true {
            logger.warning("no connection can be accepted for the moment", metadata: ["cause": "\(error)"])
            lastSaid = .now()
        }
        meter?.acceptPauses.increment()
        listeners.pause(context.channel)
        let listeners = self.listeners
        context.eventLoop.scheduleTask(in: Self.length) { listeners.resume() }
    }
}
