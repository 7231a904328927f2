import NIOCore

/// The address that the server listens on, and its limits.
package struct ServerConfiguration: Sendable {
    package var host: String
    package var port: Int
    /// Listening sockets to serve instead; none to bind the port.
    package var sockets: [CInt] = []

    /// Bytes of method, target and version; beyond that, 414.
    package var maximumRequestLineSize = 8 * 1024
    /// Bytes of all header names and values together; beyond that, 431.
    package var maximumHeaderSize = 16 * 1024
    package var maximumHeaderCount = 128
    /// Bytes of a body; beyond that, 413, before it is read if its length is announced.
    package var maximumBodySize = 1024 * 1024

    /// The time from the first byte of a request to the end of its head. The first byte on a connection has the same
    /// limit.
    package var headTimeout = TimeAmount.seconds(10)
    /// The time for a body, extended by one second for each `minimumBodyRate` bytes received.
    package var bodyTimeout = TimeAmount.seconds(20)
    package var minimumBodyRate: Int64 = 500
    /// Bytes of all requests in memory at once; a request that would exceed it is answered 503. One network may use a
    /// quarter of it.
    package var maximumRequestMemory = 64 * 1024 * 1024
    /// Bytes of all unsent responses; beyond that, new requests get a 503. One network may use a quarter of it.
    package var maximumAnswerMemory = 48 * 1024 * 1024
    /// Bytes of unsent responses on one HTTP/2 connection; its other requests wait for them.
    package var maximumAnswerMemoryPerConnection = 2 * 1024 * 1024
    /// The time for which a client may read nothing of a response. The total is extended by one second for each
    /// `minimumReadRate` bytes read.
    package var writeTimeout = TimeAmount.seconds(30)
    package var minimumReadRate: Int64 = 2000
    /// The time between requests. Longer than the idle timeout of proxies, so that they are the ones to close.
    package var idleTimeout = TimeAmount.seconds(180)
    /// Open connections; beyond that, the one that has been idle longest is closed.
    package var maximumConnections = 8192
    /// Open connections from one network; nil for a quarter of the total.
    package var maximumConnectionsPerNetwork: Int?
    /// Requests on one HTTP/2 connection, after which the client is asked to open another.
    package var maximumRequestsPerConnection = 10_000
    /// The time from the signal to stop until busy connections are closed.
    package var shutdownTimeout = TimeAmount.seconds(9)

    /// The time for which an idle connection stays open after the signal to stop, as a request may be on its way.
    package var lastRequestTimeout = TimeAmount.milliseconds(250)

    /// The proxies whose statements about the client's address are trusted.
    package var trustedProxies = TrustedProxies()

    var connectionsPerNetwork: Int { maximumConnectionsPerNetwork ?? max(1, maximumConnections / 4) }

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
