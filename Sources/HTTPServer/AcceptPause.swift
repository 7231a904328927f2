import Logging
import NIOCore

/// Pauses accepting while the system refuses it, for example because it is out of file descriptors. The connections
/// stay in the backlog meanwhile; retrying at once would occupy a whole core and starve the loop.
///
/// (NIO's own `AcceptBackoffHandler` delays the next read, but the channel stays registered for reading after an error,
/// so the loop keeps waking up for nothing.)
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// Kept short: clients that have given up are still in the backlog and have to be accepted and closed, a few at a
    /// time.
    private static let length = TimeAmount.milliseconds(20)
    private let logger: Logger
    private let meter: ServerMeter?
    private var lastSaid: NIODeadline?
    private var isPausing = false

    init(logger: Logger, meter: ServerMeter?) { (self.logger, self.meter) = (logger, meter) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        if lastSaid.map({ .now() - $0 > .seconds(10) }) ?? true {
            logger.warning("no connection can be accepted for the moment", metadata: ["cause": "\(error)"])
            lastSaid = .now()
        }
        guard !isPausing else { return }
        isPausing = true
        meter?.acceptPauses.increment()
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenFailure { _ in channel.close(promise: nil) }
        let pause = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.length) {
            pause.value.isPausing = false
            channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
        }
    }
}
