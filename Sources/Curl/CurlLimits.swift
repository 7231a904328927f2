/// The limits of one transfer.
package struct CurlLimits: Sendable {
    package var connectMilliseconds: Int
    package var totalMilliseconds: Int
    /// Bytes of the response's body.
    package var bodySize: Int

    package init(connectMilliseconds: Int, totalMilliseconds: Int, bodySize: Int) {
        self.connectMilliseconds = connectMilliseconds
        self.totalMilliseconds = totalMilliseconds
        self.bodySize = bodySize
    }
}
