/// A response of another server.
package struct OutgoingResponse: Sendable {
    package let status: Int
    package let body: [UInt8]
}
