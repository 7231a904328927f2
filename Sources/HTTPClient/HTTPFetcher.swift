/// Fetches small documents over http and https.
package struct HTTPFetcher: DocumentFetcher {
    private let sender: any RequestSender

    /// - Parameter sender: its idle connections are reused, also by others who send with it.
    package init(_ sender: any RequestSender = OutgoingHTTP()) { self.sender = sender }

    package func fetch(_ url: String) async throws -> [UInt8] {
        let response = try await sender.send(url, headers: [("Accept", "application/json")], body: nil)
        guard response.status == 200 else {
            throw FetchError("\(url) answered \(response.status).", isMissingDocument: true)
        }
        return response.body
    }
}
