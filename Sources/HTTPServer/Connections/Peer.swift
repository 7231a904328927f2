import Basics
import NIOCore
import NIOHTTP1

/// The other end of a socket: a client, or a proxy that acts for one.
struct Peer: Sendable {
    let address: IPAddress
    let text: String

    init?(_ socket: SocketAddress?) {
        guard let address = socket?.ipAddress.flatMap({ IPAddress($0) }) else { return nil }
        self.address = address
        text = address.description
    }

    /// The address of the client that a request comes from.
    func client(_ headers: HTTPHeaders, _ proxies: TrustedProxies) -> String {
        let client = proxies.client(behind: address, headers)
        return client == address ? text : client.description
    }
}
