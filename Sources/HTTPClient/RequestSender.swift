/// Sends requests to other servers, without following redirects.
package protocol RequestSender: Sendable {
    /// A GET, or a POST if there is a body, limited in size and time.
    /// - Throws: `FetchError`.
    func send(
        _ url: String, headers: [(name: String, value: String)], body: [UInt8]?
    ) async throws -> OutgoingResponse
}
