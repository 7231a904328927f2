import Glibc
import NIOCore
import NIOPosix

/// Binds all addresses that a host stands for: `localhost` is 127.0.0.1 and ::1 (RFC 6761, section 6.3), `::` is every
/// address of both families.
package struct Listener {
    let host: String
    let port: Int

    package init(host: String, port: Int) {
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    /// - Throws: `ListenError`.
    func listen(_ bootstrap: ServerBootstrap) async throws -> [any Channel] {
        switch host {
        case "localhost": return try await listenLocally(bootstrap)
        case "::":
            // Without IPv6, all addresses are those of IPv4.
            if let channel = try await bindIfThere("::", port, bootstrap) { return [channel] }
            return [try await bind("0.0.0.0", port, bootstrap)]
        default: return [try await bind(host, port, bootstrap)]
        }
    }

    /// A port that the system chose for one family may be in use in the other; then it chooses another.
    private func listenLocally(_ bootstrap: ServerBootstrap) async throws -> [any Channel] {
        for _ in 0..<8 {
            guard let first = try await bindIfThere("127.0.0.1", port, bootstrap) else {
                return [try await bind("::1", port, bootstrap)]
            }
            do {
                let second = try await bindIfThere("::1", first.localAddress?.port ?? port, bootstrap)
                return [first] + (second.map { [$0] } ?? [])
            } catch {
                try? await first.close().get()
                guard port == 0, (error as? ListenError)?.code == EADDRINUSE else { throw error }
            }
        }
        throw ListenError(host: host, port: port, code: EADDRINUSE)
    }

    /// Returns nil if the machine has no addresses of this family.
    private func bindIfThere(_ host: String, _ port: Int, _ bootstrap: ServerBootstrap) async throws -> (any Channel)? {
        do {
            return try await bind(host, port, bootstrap)
        } catch let error as ListenError {
            guard error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT else { throw error }
            return nil
        }
    }

    private func bind(_ host: String, _ port: Int, _ bootstrap: ServerBootstrap) async throws -> any Channel {
        do {
            return try await bootstrap.bind(host: host, port: port).get()
        } catch {
            throw ListenError(host: host, port: port, code: (error as? IOError)?.errnoCode)
        }
    }

    /// Serves the sockets of a service manager.
    static func adopt(_ sockets: [CInt], _ bootstrap: ServerBootstrap) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for socket in sockets {
            channels.append(try await bootstrap.withBoundSocket(socket).get())
            // NIO has just made the queue of waiting connections 128 long, and while no process serves it must hold all.
            _ = Glibc.listen(socket, queueLength)
        }
        return channels
    }

    /// The kernel lowers it to `net.core.somaxconn`.
    private static let queueLength: Int32 = 4096

    /// Listens, and stops at once.
    /// - Throws: `ListenError` if a server could not listen there.
    package func tryOut() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group).serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        let outcome: Result<Void, any Error>
        do {
            for channel in try await listen(bootstrap) { try await channel.close() }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try? await group.shutdownGracefully()
        try outcome.get()
    }
}
