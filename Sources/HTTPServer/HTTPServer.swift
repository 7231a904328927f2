import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// An HTTP/1.1 server over TCP, or over TLS with HTTP/2 as well. Runs until it is told to shut down; then it stops
/// accepting, lets requests in progress finish, and returns.
package struct HTTPServer: Service {
    private let configuration: ServerConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let respond: Responder
    private let match: RouteLookup
    private let refusalHeaders: RefusalHeaders
    private let tls: TLSIdentity?
    private let logger: Logger
    private let accessLog: AccessLog?
    private let meter: ServerMeter?
    private let onListening: @Sendable (SocketAddress) -> Void

    /// - Parameters:
    ///   - group: the event loops; owned by the caller.
    ///   - tls: if given, everything on this port is HTTPS.
    ///   - accessLog: nil if requests are not logged.
    ///   - meter: nil for a server that is not in the metrics.
    ///   - onListening: called once, with the bound address.
    ///   - match: finds the route of each request, once, when its head has arrived.
    ///   - refusalHeaders: called for each request that is refused before it reaches the site.
    ///   - respond: answers each request, on the event loop of its connection.
    package init(
        _ configuration: ServerConfiguration, group: MultiThreadedEventLoopGroup, tls: TLSIdentity? = nil,
        logger: Logger, accessLog: AccessLog? = nil, meter: ServerMeter? = nil,
        onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in },
        match: @escaping RouteLookup = { _, _ in RouteMatch() },
        refusalHeaders: @escaping RefusalHeaders = { _ in [:] }, respond: @escaping Responder
    ) {
        self.configuration = configuration
        self.group = group
        self.tls = tls
        self.logger = logger
        self.accessLog = accessLog
        self.meter = meter
        self.onListening = onListening
        self.match = match
        self.refusalHeaders = refusalHeaders
        self.respond = respond
    }

    package func run() async throws {
        let loops = try await makeLoops()
        meter?.add(loops.values)
        let channels =
            if configuration.sockets.isEmpty {
                try await Listener(host: configuration.host, port: configuration.port).listen(bootstrap(loops))
            } else {
                try await Listener.adopt(configuration.sockets, bootstrap(loops))
            }
        if let address = channels.first?.localAddress { onListening(address) }
        let stop: @Sendable () -> Void = { for channel in channels { stopAccepting(channel) } }
        // Another server of this process may have failed to start, which cancels this one.
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                for channel in channels { try? await channel.closeFuture.get() }
            } onGracefulShutdown: {
                stop()
            }
        } onCancel: {
            stop()
        }
        await drain(loops)
    }

    /// Closes a listener once all that it has accepted is on its loop: NIO drops the connections that it would pass on
    /// after the end.
    private func stopAccepting(_ listener: any Channel) {
        let loops = Array(group.makeIterator())
        listener.setOption(.autoRead, value: false)
            .flatMap { EventLoopFuture.andAllComplete(loops.map { $0.submit {} }, on: listener.eventLoop) }
            .flatMap { listener.eventLoop.submit {} }
            .whenComplete { _ in listener.close(promise: nil) }
    }

    private typealias Loops = [ObjectIdentifier: NIOLoopBound<LoopState>]

    private func makeLoops() async throws -> Loops {
        var loops: Loops = [:]
        let configuration = self.configuration
        for loop in group.makeIterator() {
            loops[ObjectIdentifier(loop)] =
                try await loop.submit {
                    NIOLoopBound(LoopState(eventLoop: loop, configuration: configuration), eventLoop: loop)
                }.get()
        }
        return loops
    }

    private func bootstrap(_ loops: Loops) -> ServerBootstrap {
        let (configuration, tls, logger, meter) = (self.configuration, self.tls, self.logger, self.meter)
        let site = ServerContext(
            respond: respond, match: match, logger: logger, accessLog: accessLog, refusalHeaders: refusalHeaders)
        let limits = ConnectionLimits(configuration)
        let pausedListeners = PausedListeners()
        let allLoops = Array(loops.values)
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptPause(pausedListeners, logger: logger, meter: meter))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(ChannelOptions.Types.SocketOption(level: .tcp, name: .unsentLowWater), value: 65536)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops[ObjectIdentifier(channel.eventLoop)]?.value else {
                        return channel.close(promise: nil)
                    }
                    loop.counts.acceptedConnections &+= 1
                    channel.closeFuture.whenComplete { _ in pausedListeners.resume() }
                    guard let client = limits.admit(channel.remoteAddress, allLoops) else {
                        let id = site.ids.next()
                        loop.counts.count(.tooManyConnections)
                        site.log(.tooManyConnections, id: id, peer: Peer(channel.remoteAddress))
                        // Nothing can be sent before the handshake.
                        guard tls == nil else { return channel.close(promise: nil) }
                        return try channel.pipeline.syncOperations.addHandler(
                            ConnectionRefusal(site, id: id, date: loop.date))
                    }
                    channel.closeFuture.whenComplete { _ in limits.leave(client) }
                    if let tls {
                        try tls.addHandlers(to: channel, client, loop: loop, site: site)
                    } else {
                        try HTTPConnection.addHandlers(to: channel, client, loop: loop, site: site)
                    }
                }
            }
    }

    /// Lets the connections finish, and closes those that exceed the time allowed.
    private func drain(_ loops: Loops) async {
        for loop in group.makeIterator() {
            guard let state = loops[ObjectIdentifier(loop)] else { continue }
            loop.execute { state.value.shutDown() }
        }
        let deadline = NIODeadline.now() + configuration.shutdownTimeout
        while !Task.isCancelled, NIODeadline.now() < deadline {
            var remaining = 0
            for loop in group.makeIterator() {
                guard let state = loops[ObjectIdentifier(loop)] else { continue }
                remaining += (try? await loop.submit { state.value.connectionCount }.get()) ?? 0
            }
            guard remaining > 0 else { break }
            try? await Task.sleep(for: .milliseconds(20))
        }
        for loop in group.makeIterator() {
            guard let state = loops[ObjectIdentifier(loop)] else { continue }
            try? await loop.submit { state.value.closeAll() }.get()
        }
    }
}

extension NIOBSDSocket.Option {
    /// TCP_NOTSENT_LOWAT of Linux: the socket accepts no more than this many unsent bytes. Otherwise it buffers
    /// megabytes, and the client's reading speed cannot be measured.
    fileprivate static let unsentLowWater = NIOBSDSocket.Option(rawValue: 25)
}

/// Tells a connection far beyond the limit that there is no room, and closes it.
private final class ConnectionRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let site: ServerContext
    private let id: String
    private let date: String

    init(_ site: ServerContext, id: String, date: String) {
        self.site = site
        self.id = id
        self.date = date
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 512)
        ResponseSerializer.write(
            site.answer(to: .tooManyConnections, id: id, nil),
            frame: .init(requestID: id, date: date, persistence: .closes, omitsBody: false), into: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        context.close(promise: nil)
    }
}
