#if TLS
    import NIOCore
    import NIOPosix
    import NIOSSL

    /// Sends a request to the server on this machine over TLS. The certificate is not verified: it is for a name other
    /// than localhost, and nothing that is exchanged is secret.
    package enum TLSProbe {
        /// The status line of the response to a GET, or nil if there is none within three seconds.
        package static func statusLine(of path: String, host: String, port: Int) async -> String? {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let line = try? await ask(path, host, port, group)
            try? await group.shutdownGracefully()
            return line
        }

        private static func ask(_ path: String, _ host: String, _ port: Int, _ group: MultiThreadedEventLoopGroup)
            async throws
            -> String
        {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            let context = try NIOSSLContext(configuration: configuration)
            let line = group.next().makePromise(of: String.self)
            group.next().scheduleTask(in: .seconds(3)) { line.fail(ChannelError.connectTimeout(.seconds(3))) }
            ClientBootstrap(group: group).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: nil), FirstLine(path, line),
                    ])
                }
            }.connect(host: host, port: port).whenFailure { line.fail($0) }
            return try await line.futureResult.get()
        }

        private final class FirstLine: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            typealias OutboundOut = ByteBuffer

            private let path: String
            private let line: EventLoopPromise<String>
            private var received = ByteBuffer()

            init(_ path: String, _ line: EventLoopPromise<String>) {
                self.path = path
                self.line = line
            }

            func channelActive(context: ChannelHandlerContext) {
                let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
            }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                var part = unwrapInboundIn(data)
                received.writeBuffer(&part)
                guard let end = received.readableBytesView.firstIndex(of: UInt8(ascii: "\r")) else { return }
                line.succeed(String(decoding: received.readableBytesView[..<end], as: UTF8.self))
            }

            func errorCaught(context: ChannelHandlerContext, error: any Error) { line.fail(error) }

            func channelInactive(context: ChannelHandlerContext) { line.fail(ChannelError.eof) }
        }
    }
#endif
