/// Fetches small documents from other services.
package protocol DocumentFetcher: Sendable {
    /// The body of a 200 response, limited in size and time; redirects are not followed.
    /// - Throws: `FetchError`.
    func fetch(_ url: String) async throws -> [UInt8]
}
