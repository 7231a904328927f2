/// What there is to be told of a request that was answered.
package struct AccessRecord: Sendable {
    package var requestID: String
    package var method: String
    /// Without the query and without secrets.
    package var path: String
    package var status: UInt
    /// Of the body.
    package var bytes: Int
    package var microseconds: Int64
    package var peer: String?
    /// Whether the client left before its answer came.
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
