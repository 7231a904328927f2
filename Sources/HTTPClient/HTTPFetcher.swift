/// Fetches small documents over http and https.
package struct HTTPFetcher: DocumentFetcher {
    private let client: OutgoingHTTP

    package init(_ settings: OutgoingSettings = OutgoingSettings()) { client = OutgoingHTTP(settings) }

    package func fetch(_ url: String) async throws -> [UInt8] {
        let response = try await client.send(url, headers: [("Accept", "application/json")])
        guard response.status == 200 else {
            throw FetchError("\(url) answered \(response.status).", isMissingDocument: true)
        }
        return response.body
    }
}
