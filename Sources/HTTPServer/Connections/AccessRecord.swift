/// The access log entry of one answered request.
package struct AccessRecord: Sendable {
    package var requestID: String
    package var method: String
    /// The path without its query and with secrets removed.
    package var path: String
    package var status: UInt
    /// Bytes of the body.
    package var bytes: Int
    package var microseconds: Int64
    package var peer: String?
    /// True if the client disconnected before its response was sent.
    package var isGone: Bool

    package init(
        requestID: String, method: String, path: String, status: UInt, bytes: Int, microseconds: Int64, peer: String?,
        isGone: Bool
    ) {
        self.requestID = requestID
        self.method = method
        self.path = path
        self.status = status
        self.bytes = bytes
        self.microseconds = microseconds
        self.peer = peer
        self.isGone = isGone
    }
}
