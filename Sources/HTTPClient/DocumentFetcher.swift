/// Fetches small documents from other services.
package protocol DocumentFetcher: Sendable {
    /// The body of a 200, within bounds of size and time, no redirect followed.
    /// - Throws: `FetchError`.
    func fetch(_ url: String) async throws -> [UInt8]
}
