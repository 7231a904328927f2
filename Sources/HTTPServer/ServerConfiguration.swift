import NIOCore

/// Where the server listens and what it puts up with.
package struct ServerConfiguration: Sendable {
    package var host: String
    package var port: Int

    /// Bytes of method, target and version; more is 414.
    package var maximumRequestLineSize = 8 * 1024
    /// Bytes of all header names and values together; more is 431.
    package var maximumHeaderSize = 16 * 1024
    package var maximumHeaderCount = 128
    /// Bytes of a body; more is 413, before it is read where its length is announced.
    package var maximumBodySize = 1024 * 1024

    /// From the first byte of a request to the end of its head. The first byte on a connection has as long.
    package var headTimeout = TimeAmount.seconds(10)
    /// A body may take this long, and one second more for each `minimumBodyRate` bytes that came.
    package var bodyTimeout = TimeAmount.seconds(20)
    package var minimumBodyRate: Int64 = 500
    /// Bytes of all requests that are in memory at once; one that would be too many is answered 503. A network has a
    /// quarter of it.
    package var maximumRequestMemory = 64 * 1024 * 1024
    /// Bytes of all answers that were not sent yet; no other is begun above it, but a 503. A network has a quarter of
    /// it.
    package var maximumAnswerMemory = 48 * 1024 * 1024
    /// Bytes of answers that one connection of HTTP/2 may have waiting; its other requests wait for those.
    package var maximumAnswerMemoryPerConnection = 2 * 1024 * 1024
    /// How long a client may read nothing of an answer. It may take longer in all, by one second for each
    /// `minimumReadRate` bytes that it reads.
    package var writeTimeout = TimeAmount.seconds(30)
    package var minimumReadRate: Int64 = 2000
    /// Between requests. Longer than proxies keep theirs, so that it is they who close.
    package var idleTimeout = TimeAmount.seconds(180)
    /// Open connections; for one more, the one that has been idle longest is closed.
    package var maximumConnections = 8192
    /// Open connections from one network; nil for a quarter of all.
    package var maximumConnectionsPerNetwork: Int?
    /// Requests on one connection of HTTP/2, after which the client is asked to open another.
    package var maximumRequestsPerConnection = 10_000
    /// From the signal to stop until connections that still work are cut.
    package var shutdownTimeout = TimeAmount.seconds(9)

    /// Whose word counts for who the client is.
    package var trustedProxies = TrustedProxies()

    var connectionsPerNetwork: Int { maximumConnectionsPerNetwork ?? max(1, maximumConnections / 4) }

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
