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

    /// From the first byte of a request to the end of its head.
    package var headTimeout = TimeAmount.seconds(10)
    /// A body may take this long, and one second more for each `minimumBodyRate` bytes that came.
    package var bodyTimeout = TimeAmount.seconds(20)
    package var minimumBodyRate: Int64 = 500
    /// Bytes of all bodies that are in memory at once; one that would be too many is answered 503.
    package var maximumBodyMemory = 256 * 1024 * 1024
    /// How long a client may take to read a piece of 32 KiB of an answer, so how long it may read nothing.
    package var writeTimeout = TimeAmount.seconds(30)
    /// Between requests.
    package var idleTimeout = TimeAmount.seconds(60)
    /// Open connections; one more is answered 503 and closed.
    package var maximumConnections = 8192
    /// From the signal to stop until connections that still work are cut.
    package var shutdownTimeout = TimeAmount.seconds(9)

    /// Whose word counts for who the client is.
    package var trustedProxies = TrustedProxies()

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
