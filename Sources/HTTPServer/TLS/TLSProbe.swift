#if TLS
    import NIOCore
    import NIOPosix
    import NIOSSL

    /// Sends a request to the server on this machine over TLS. The certificate is not verified: it is for a name other
    /// than localhost, and nothing that is exchanged is secret.
    package enum TLSProbe {
        /// The response to a GET, at most 64 KiB of it, or nil if there is none within three seconds.
        package static func response(to path: String, host: String, port: Int) async -> [UInt8]? {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let response = try? await ask(path, host, port, group)
            try? await group.shutdownGracefully()
            return response
        }

        private static func ask(_ path: String, _ host: String, _ port: Int, _ group: MultiThreadedEventLoopGroup)
            async throws
            -> [UInt8]
        {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            let context = try NIOSSLContext(configuration: configuration)
            let response = group.next().makePromise(of: [UInt8].self)
            group.next().scheduleTask(in: .seconds(3)) { response.fail(ChannelError.connectTimeout(.seconds(3))) }
            ClientBootstrap(group: group).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: nil), WholeResponse(path, response),
                    ])
                }
            }.connect(host: host, port: port).whenFailure { response.fail($0) }
            return try await response.futureResult.get()
        }

        private final class WholeResponse: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            typealias OutboundOut = ByteBuffer

            private let path: String
            private let response: EventLoopPromise<[UInt8]>
            private var received: [UInt8] = []

            init(_ path: String, _ response: EventLoopPromise<[UInt8]>) {
                self.path = path
                self.response = response
            }

            func channelActive(context: ChannelHandlerContext) {
                let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
            }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                received += unwrapInboundIn(data).readableBytesView
                if received.count > 65_536 { end() }
            }

            func errorCaught(context: ChannelHandlerContext, error: any Error) {
                // A server may close without the alert that ends TLS properly; what came before it counts.
                end()
            }

            func channelInactive(context: ChannelHandlerContext) { end() }

            private func end() {
                guard !received.isEmpty else { return response.fail(ChannelError.eof) }
                response.succeed(received)
            }
        }
    }
#endif
