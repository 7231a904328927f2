import Logging
import NIOCore

/// Stops accepting for a moment where the system refuses to: it has no more descriptors, say. The connections stay in
/// the backlog meanwhile. Asking for them again and again would take a whole core, and the loop would do nothing else.
///
/// (NIO's own `AcceptBackoffHandler` delays the next read, but the channel stays registered for reading after an
/// error, so that the loop still wakes up for nothing.)
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// Short, as who gave up meanwhile still stands in the backlog and has to be taken and let go, a few at a time.
    private static let length = TimeAmount.milliseconds(20)
    private let logger: Logger
    private var lastSaid: NIODeadline?
    private var isPausing = false

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        if lastSaid.map({ .now() - $0 > .seconds(10) }) ?? true {
            logger.warning("no connection can be accepted for the moment", metadata: ["cause": "\(error)"])
            lastSaid = .now()
        }
        guard !isPausing else { return }
        isPausing = true
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenFailure { _ in channel.close(promise: nil) }
        let pause = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.length) {
            pause.value.isPausing = false
            channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
        }
    }
}
